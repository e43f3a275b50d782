#include "runtime/keras/lstm.h"

namespace keratin::keras {

Json lstm_bias_initializer(const InitializerConfig& bias, bool unit_forget_bias) {
  if (!unit_forget_bias) return bias.object;
  Json config;
  config["bias_initializer"] = bias.object;
  Json initializer;
  initializer["class_name"] = "UnitForgetBias";
  initializer["config"] = std::move(config);
  return initializer;
}

Json is_initializer_one(const Json& initializer) {
  return initializer.is_string() && initializer.as_string() == "one";
}

ir::Values lstm_step(LowerContext& cx, ir::Value z, ir::Value c, const Activation& activation,
                     const Activation& recurrent_activation) {
  const ir::Value i = recurrent_activation(cx, gate_of(z, 0, 4)),
                  f = recurrent_activation(cx, gate_of(z, 1, 4)),
                  o = recurrent_activation(cx, gate_of(z, 3, 4));
  const ir::Value next = f * c + i * activation(cx, gate_of(z, 2, 4));
  const ir::Value h = o * activation(cx, next);
  return {h, h, next};
}

}  // namespace keratin::keras
