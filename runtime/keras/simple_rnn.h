// The config that SimpleRNN and SimpleRNNCell share.
#pragma once

#include "runtime/keras/config.h"

namespace keratin::keras {

struct SimpleRnnCellConfig {
  static constexpr const char *cell_class = "SimpleRNNCell", *cell_name = "simple_rnn_cell";
  std::int64_t units;
  Activation activation;
  bool use_bias;
  InitializerConfig kernel_initializer, recurrent_initializer, bias_initializer;
  Opaque kernel_regularizer, recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint,
      bias_constraint;
  double dropout, recurrent_dropout;
  std::optional<std::int64_t> seed;

  template <class V>
  void describe(V& v) {
    v("units", units);
    v("activation", activation, "tanh");
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
    v("seed", seed, nullptr);
  }
};

}  // namespace keratin::keras
