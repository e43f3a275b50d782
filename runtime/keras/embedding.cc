#include "runtime/keras/embedding.h"

#include "runtime/ir/build_nn.h"
#include "runtime/keras/uncast.h"

namespace keratin::keras {

void build_embedding(BuildContext& cx, const EmbeddingConfig& c) {
  check(c.input_dim > 0, ErrorCode::corrupt_file, "input_dim ", c.input_dim, ": expected a positive integer");
  check(c.output_dim > 0, ErrorCode::corrupt_file, "output_dim ", c.output_dim,
        ": expected a positive integer");
  check(!c.quantization_config.truthy(), ErrorCode::unsupported,
        "quantized embeddings are not supported yet");
  cx.add_weight("embeddings", {c.input_dim, c.output_dim}, c.embeddings_initializer.object);
  // Keras' Embedding forgets lora_alpha while it builds: the factor is lora_rank / lora_rank
  if (c.lora_rank) build_lora(cx, "embeddings", {c.input_dim, c.output_dim}, *c.lora_rank);
}

ir::Value look_up(LowerContext& cx, const EmbeddingConfig& c) {
  const ir::Value given = uncast_input(cx);  // half precision would round the indices
  const bool is_index = given.dtype() == DType::int32 || given.dtype() == DType::int64;
  const ir::Value rows = is_index ? given : ir::cast(given, DType::int32);
  if (c.mask_zero) cx.set_mask(0, ir::compare("not_equal", given, ir::constant_like(given, 0)));
  return ir::cast(ir::gather(stored_with_lora(cx, "embeddings"), rows, 0), cx.compute_dtype());
}

}  // namespace keratin::keras
