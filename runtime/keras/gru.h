// The config that GRU and GRUCell share.
#pragma once

#include "runtime/keras/cell.h"

namespace keratin::keras {

struct GruCellConfig : CellRules {
  static constexpr const char *cell_class = "GRUCell", *cell_name = "gru_cell";
  std::int64_t units;
  Activation activation, recurrent_activation;
  bool use_bias, reset_after;
  InitializerConfig kernel_initializer, recurrent_initializer, bias_initializer;

  template <class V>
  void describe(V& v) {
    v("units", units);
    v("activation", activation, "tanh");
    v("recurrent_activation", recurrent_activation, "sigmoid");
    v("use_bias", use_bias, true);
    v("kernel_initializer", kernel_initializer, "glorot_uniform");
    v("recurrent_initializer", recurrent_initializer, "orthogonal");
    v("bias_initializer", bias_initializer, "zeros");
    describe_rules(v);
    v("reset_after", reset_after, true);
    v("seed", seed, nullptr);
  }
};

}  // namespace keratin::keras
