// Config, weights and lookup of Embedding and ReversibleEmbedding.
#pragma once

#include "runtime/keras/config.h"
#include "runtime/keras/lora.h"

namespace keratin::keras {

struct EmbeddingConfig {
  std::int64_t input_dim, output_dim;
  InitializerConfig embeddings_initializer;
  Opaque embeddings_regularizer, activity_regularizer, embeddings_constraint;
  bool mask_zero;
  Json quantization_config;
  std::optional<std::int64_t> lora_rank;
  std::optional<Number> lora_alpha;

  template <class V>
  void describe(V& v) {
    v("input_dim", input_dim);
    v("output_dim", output_dim);
    v("embeddings_initializer", embeddings_initializer, "uniform");
    v("embeddings_regularizer", embeddings_regularizer, nullptr);
    v("activity_regularizer", activity_regularizer, nullptr);
    v("embeddings_constraint", embeddings_constraint, nullptr);
    v("mask_zero", mask_zero, false);
    v("quantization_config", quantization_config, nullptr);
    v.optional("lora_rank", lora_rank);
    v.optional("lora_alpha", lora_alpha);
    v.dropped("input_length");  // Keras 2 checked it against the input
  }
};

void build_embedding(BuildContext& cx, const EmbeddingConfig& c);
// Rows of the table, in the compute dtype; sets the mask.
ir::Value look_up(LowerContext& cx, const EmbeddingConfig& c);

}  // namespace keratin::keras
