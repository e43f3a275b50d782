// The config that SimpleRNN and SimpleRNNCell share.
#pragma once

#include "runtime/keras/cell.h"

namespace keratin::keras {

struct SimpleRnnCellConfig : CellRules {
  static constexpr const char *cell_class = "SimpleRNNCell", *cell_name = "simple_rnn_cell";
  std::int64_t units;
  Activation activation;
  bool use_bias;
  InitializerConfig kernel_initializer, recurrent_initializer, bias_initializer;

  template <class V>
  void describe(V& v) {
    v("units", units);
    v("activation", activation, "tanh");
    v("use_bias", use_bias, true);
    v("kernel_initializer", kernel_initializer, "glorot_uniform");
    v("recurrent_initializer", recurrent_initializer, "orthogonal");
    v("bias_initializer", bias_initializer, "zeros");
    describe_rules(v);
    v("seed", seed, nullptr);
  }
};

}  // namespace keratin::keras
