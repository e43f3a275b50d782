// The config that LSTM and LSTMCell share, and the arithmetic of LSTM gates, which ConvLSTM shares, too.
#pragma once

#include "runtime/keras/cell.h"

namespace keratin::keras {

struct LstmCellConfig : CellRules {
  static constexpr const char *cell_class = "LSTMCell", *cell_name = "lstm_cell";
  std::int64_t units;
  Activation activation, recurrent_activation;
  bool use_bias, unit_forget_bias;
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
    v("unit_forget_bias", unit_forget_bias, true);
    describe_rules(v);
    v("seed", seed, nullptr);
  }
};

// What the bias of i, f, c, o begins with: ones for f when unit_forget_bias.
Json lstm_bias_initializer(const InitializerConfig& bias, bool unit_forget_bias);
// Whether Keras 1's forget_bias_init, the forget gate's own initializer, is that of unit_forget_bias.
Json is_initializer_one(const Json& initializer);
// z: i, f, c, o side by side along the last axis, before their activations. Output, then states h and c.
ir::Values lstm_step(LowerContext& cx, ir::Value z, ir::Value c, const Activation& activation,
                     const Activation& recurrent_activation);

}  // namespace keratin::keras
