#include "runtime/train/optimizer.h"

namespace keratin {
namespace {

using namespace train;
using keras::Number;

struct Config {
  Number beta_1, beta_2, epsilon;

  template <class V>
  void describe(V& v) {
    v("beta_1", beta_1, 0.9);
    v("beta_2", beta_2, 0.999);
    v("epsilon", epsilon, 1e-7);
  }
};

void slots(const Config&, SlotContext& cx) {
  cx.add({"momentum", "m", "m"});
  cx.add({"norm", "u", "v"});
}

void update(const Config& c, UpdateContext& cx) {
  const ir::Value g = cx.gradient(), m = cx.slot("momentum");
  const ir::Value mean = cx.set_slot("momentum", m + (g - m) * cx.complement(c.beta_1.value));
  const ir::Value most =
      cx.set_slot("norm", ir::maximum(cx.slot("norm") * c.beta_2.value, ir::unary("abs", g)));
  const ir::Value correction = 1.0 - cx.power_of_step(c.beta_1.value);
  cx.set_variable(cx.variable() - cx.learning_rate() * mean / (correction * (most + c.epsilon.value)));
}

constexpr OptimizerCase cases[] = {
    {R"({"learning_rate": 0.1})"},
    {R"({"learning_rate": 0.1, "beta_1": 0.7, "beta_2": 0.8, "epsilon": 0.01})"},
    {R"({"learning_rate": 0.1, "weight_decay": 0.02})", "keras_3 tf_keras"},
};

}  // namespace
extern const OptimizerDef optimizer_adamax =
    define_optimizer<Config, slots, update>({.class_name = "Adamax", .cases = cases});
}  // namespace keratin
