#include "runtime/train/optimizer.h"

namespace keratin {
namespace {

using namespace train;
using keras::Number;

struct Config {
  Number initial_accumulator_value, epsilon;

  template <class V>
  void describe(V& v) {
    v("initial_accumulator_value", initial_accumulator_value, 0.1);
    v("epsilon", epsilon, 1e-7);
  }
};

void slots(const Config& c, SlotContext& cx) {
  cx.add({"accumulator", "accumulator", "accumulator", {.initial = c.initial_accumulator_value.value}});
}

// Legacy optimizers add epsilon to the root.
void update(const Config& c, UpdateContext& cx) {
  const ir::Value g = cx.gradient();
  const ir::Value sum = cx.set_slot("accumulator", cx.slot("accumulator") + ir::square(g));
  const ir::Value root = cx.legacy() ? ir::sqrt(sum) + c.epsilon.value : ir::sqrt(sum + c.epsilon.value);
  cx.set_variable(cx.variable() - cx.learning_rate() * g / root);
}

constexpr OptimizerCase cases[] = {
    {R"({"learning_rate": 0.1})"},
    {R"({"learning_rate": 0.1, "initial_accumulator_value": 0.0, "epsilon": 0.01})"},
    {R"({"learning_rate": 0.1, "global_clipnorm": 0.7, "use_ema": true})", "keras_3 tf_keras"},
};

}  // namespace
extern const OptimizerDef optimizer_adagrad = define_optimizer<Config, slots, update>(
    {.class_name = "Adagrad", .counts_in_keras_1 = false, .legacy_differs = true, .cases = cases});
}  // namespace keratin
