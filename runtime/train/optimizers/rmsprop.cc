#include "runtime/train/optimizer.h"

namespace keratin {
namespace {

using namespace train;
using keras::Number;

struct Config {
  Number rho, momentum, epsilon;
  bool centered;

  template <class V>
  void describe(V& v) {
    v("rho", rho, 0.9);
    v("momentum", momentum, 0.0);
    v("epsilon", epsilon, 1e-7);
    v("centered", centered, false);
  }
};

void slots(const Config& c, SlotContext& cx) {
  cx.add({"velocity", "velocity", "rms"});
  if (c.momentum.value > 0) cx.add({"momentum", "momentum", "momentum", {.round = 1}});
  if (c.centered) cx.add({"average_gradient", "average_gradient", "mg", {.round = 2}});
}

// Legacy optimizers add epsilon to the root, but with momentum, too, below it.
void update(const Config& c, UpdateContext& cx) {
  const ir::Value g = cx.gradient(), take = cx.complement(c.rho.value);
  const ir::Value v = cx.set_slot("velocity", cx.slot("velocity") * c.rho.value + take * ir::square(g));
  ir::Value spread = v;
  if (c.centered) {
    const ir::Value mean =
        cx.set_slot("average_gradient", cx.slot("average_gradient") * c.rho.value + take * g);
    spread = spread - ir::square(mean);
  }
  const bool outside = cx.legacy() && !cx.has("momentum");
  const ir::Value root = outside ? ir::sqrt(spread) + c.epsilon.value : ir::sqrt(spread + c.epsilon.value);
  ir::Value step = cx.learning_rate() * g / root;
  if (cx.has("momentum")) step = cx.set_slot("momentum", cx.slot("momentum") * c.momentum.value + step);
  cx.set_variable(cx.variable() - step);
}

constexpr OptimizerCase cases[] = {
    {R"({"learning_rate": 0.05})"},
    {R"({"learning_rate": 0.05, "momentum": 0.7, "epsilon": 0.001})"},
    {R"({"learning_rate": 0.05, "centered": true, "epsilon": 0.01})"},
    {R"({"learning_rate": 0.05, "rho": 0.8, "momentum": 0.5, "centered": true, "epsilon": 0.01})"},
    {R"({"learning_rate": 0.05, "use_ema": true, "ema_overwrite_frequency": 2, "weight_decay": 0.01})",
     "keras_3 tf_keras"},
};

}  // namespace
extern const OptimizerDef optimizer_rmsprop = define_optimizer<Config, slots, update>(
    {.class_name = "RMSprop", .counts_in_keras_1 = false, .legacy_differs = true, .cases = cases});
}  // namespace keratin
