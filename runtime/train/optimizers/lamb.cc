#include "runtime/train/optimizer.h"
#include "runtime/train/regularizer.h"

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
  cx.add({"momentum", nullptr, nullptr});
  cx.add({"velocity", nullptr, nullptr});
}

ir::Value norm(ir::Value x) { return ir::sqrt(sum_all(ir::square(x))); }

void update(const Config& c, UpdateContext& cx) {
  const ir::Value g = cx.gradient(), m = cx.slot("momentum"), v = cx.slot("velocity"), x = cx.variable();
  const ir::Value mean = cx.set_slot("momentum", m + (g - m) * cx.complement(c.beta_1.value));
  const ir::Value spread = cx.set_slot("velocity", v + (ir::square(g) - v) * cx.complement(c.beta_2.value));
  const ir::Value root = ir::sqrt(spread / (1.0 - cx.power_of_step(c.beta_2.value))) + c.epsilon.value;
  const ir::Value step = mean / (1.0 - cx.power_of_step(c.beta_1.value)) / root;
  const ir::Value weight = norm(x), length = norm(step), zero = cx.constant(0), one = cx.constant(1);
  const ir::Value ratio =
      ir::select(ir::compare("greater", weight, zero),
                 ir::select(ir::compare("greater", length, zero), weight / length, one), one);
  cx.set_variable(x - ratio * cx.learning_rate() * step);
}

constexpr OptimizerCase cases[] = {
    {R"({"learning_rate": 0.05})", "keras_3"},
    {R"({"learning_rate": 0.05, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 0.01, "weight_decay": 0.05})",
     "keras_3"},
};

}  // namespace
extern const OptimizerDef optimizer_lamb =
    define_optimizer<Config, slots, update>({.class_name = "Lamb", .cases = cases});
}  // namespace keratin
