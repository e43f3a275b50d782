// The config that GRU and GRUCell share.
#pragma once

#include "runtime/keras/config.h"

namespace keratin::keras {

struct GruCellConfig {
  static constexpr const char *cell_class = "GRUCell", *cell_name = "gru_cell";
  std::int64_t units;
  Activation activation, recurrent_activation;
  bool use_bias, reset_after;
  InitializerConfig kernel_initializer, recurrent_initializer, bias_initializer;
  Opaque kernel_regularizer, recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint,
      bias_constraint;
  double dropout, recurrent_dropout;
  std::optional<std::int64_t> seed;

  template <class V>
  void describe(V& v) {
    v("units", units);
    v("activation", activation, "tanh");
    v("recurrent_activation", recurrent_activation, "sigmoid");
    v("use_bias", use_bias, true);
    v("kernel_initializer", kernel_initializer, "glorot_uniform");
    v("recurrent_initializer", recurrent_initializer, "orthogonal");
    v("bias_initializer", bias_initializer, "zeros");
    v("kernel_regularizer", kernel_regularizer, nullptr);
    v("recurrent_regularizer", recurrent_regularizer, nullptr);
    v("bias_regularizer", bias_regularizer, nullptr);
    v("kernel_constraint", kernel_constraint, nullptr);
    v("recurrent_constraint", recurrent_constraint, nullptr);
    v("bias_constraint", bias_constraint, nullptr);
    v("dropout", dropout, 0.0);
    v("recurrent_dropout", recurrent_dropout, 0.0);
    v("reset_after", reset_after, true);
    v("seed", seed, nullptr);
  }
};

}  // namespace keratin::keras
