// Adam's config, slots and update, which AdamW shares.
#pragma once

#include "runtime/train/optimizer.h"

namespace keratin::train::adam {

struct Config {
  keras::Number beta_1, beta_2, epsilon;
  bool amsgrad;

  template <class V>
  void describe(V& v) {
    v("beta_1", beta_1, 0.9);
    v("beta_2", beta_2, 0.999);
    v("epsilon", epsilon, 1e-7);
    v("amsgrad", amsgrad, false);
  }
};

inline void slots(const Config& c, SlotContext& cx) {
  cx.add({"momentum", "m", "m"});
  cx.add({"velocity", "v", "v"});
  if (c.amsgrad) cx.add({"velocity_hat", "vhat", "vhat", {.round = 1}});
}

inline void update(const Config& c, UpdateContext& cx) {
  const ir::Value g = cx.gradient(), m = cx.slot("momentum"), v = cx.slot("velocity");
  const ir::Value correction =
      ir::sqrt(1.0 - cx.power_of_step(c.beta_2.value)) / (1.0 - cx.power_of_step(c.beta_1.value));
  const ir::Value mean = cx.set_slot("momentum", m + (g - m) * cx.complement(c.beta_1.value));
  ir::Value spread = cx.set_slot("velocity", v + (ir::square(g) - v) * cx.complement(c.beta_2.value));
  if (c.amsgrad) spread = cx.set_slot("velocity_hat", ir::maximum(cx.slot("velocity_hat"), spread));
  const ir::Value alpha = cx.learning_rate() * correction;
  cx.set_variable(cx.variable() - mean * alpha / (ir::sqrt(spread) + c.epsilon.value));
}

}  // namespace keratin::train::adam
