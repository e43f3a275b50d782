#include "runtime/train/optimizer.h"

namespace keratin {
namespace {

using namespace train;
using keras::Number;

struct Config {
  Number beta_1, beta_2, epsilon;
  Number warmup_steps;

  template <class V>
  void describe(V& v) {
    v("beta_1", beta_1, 0.9);
    v("beta_2", beta_2, 0.999);
    v("epsilon", epsilon, 1e-8);
    v("warmup_steps", warmup_steps, 0);
  }
};

void slots(const Config&, SlotContext& cx) {
  cx.add({"momentum", nullptr, nullptr, {.copies = true}});
  cx.add({"velocity", nullptr, nullptr});
}

// The variable is y, the momentum z of the paper (Defazio et al., 2024); x, the average, follows from both.
void update(const Config& c, UpdateContext& cx) {
  const ir::Value g = cx.gradient(), z = cx.slot("momentum"), v = cx.slot("velocity"), step = cx.step();
  const ir::Value beta_1 = cx.constant(c.beta_1.value), beta_2 = cx.constant(c.beta_2.value);
  ir::Value lr = cx.learning_rate();
  if (c.warmup_steps.value > 0) lr = lr * ir::minimum(step / c.warmup_steps.value, cx.constant(1));
  const ir::Value spread = cx.set_slot("velocity", v + (ir::square(g) - v) * (1.0 - beta_2));
  const ir::Value root = ir::sqrt(spread / (1.0 - cx.power_of_step(c.beta_2.value))) + c.epsilon.value;
  const ir::Value next = cx.set_slot("momentum", z - lr * g / root);
  const ir::Value weight = cx.constant(1) / step;
  // Keras on TensorFlow takes the new momentum here
  const ir::Value x = (cx.variable() - (1.0 - beta_1) * next) / beta_1;
  const ir::Value average = (1.0 - weight) * x + weight * next;
  cx.set_variable((1.0 - beta_1) * next + beta_1 * average);
}

constexpr OptimizerCase cases[] = {
    {R"({"learning_rate": 0.05})", "keras_3"},
    {R"({"learning_rate": 0.05, "warmup_steps": 4, "beta_1": 0.8, "weight_decay": 0.02})", "keras_3"},
};

}  // namespace
extern const OptimizerDef optimizer_schedule_free_adamw = define_optimizer<Config, slots, update>(
    {.class_name = "ScheduleFreeAdamW", .learning_rate = 0.0025, .cases = cases});
}  // namespace keratin
