#include "runtime/train/optimizer.h"

namespace keratin {
namespace {

using namespace train;
using keras::Number;

struct Config {
  Number learning_rate_power, initial_accumulator_value, l1_regularization_strength,
      l2_regularization_strength, l2_shrinkage_regularization_strength, beta;

  template <class V>
  void describe(V& v) {
    v("learning_rate_power", learning_rate_power, -0.5);
    v("initial_accumulator_value", initial_accumulator_value, 0.1);
    v("l1_regularization_strength", l1_regularization_strength, 0.0);
    v("l2_regularization_strength", l2_regularization_strength, 0.0);
    v("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength, 0.0);
    v("beta", beta, 0.0);
  }
};

void slots(const Config& c, SlotContext& cx) {
  cx.add({"accumulator", "accumulator", "accumulator", {.initial = c.initial_accumulator_value.value}});
  cx.add({"linear", "linear", "linear"});
}

void update(const Config& c, UpdateContext& cx) {
  const ir::Value g = cx.gradient(), lr = cx.learning_rate(), x = cx.variable(), old = cx.slot("accumulator");
  const ir::Value power = cx.constant(-c.learning_rate_power.value);
  const ir::Value l2 = cx.constant(c.beta.value) / (lr * 2.0) + c.l2_regularization_strength.value;
  const ir::Value shrunk = g + x * (2 * c.l2_shrinkage_regularization_strength.value);
  const ir::Value sum = cx.set_slot("accumulator", old + ir::square(g));
  const ir::Value grown = ir::binary("power", sum, power);
  const ir::Value linear = cx.set_slot(
      "linear", cx.slot("linear") + (shrunk - (grown - ir::binary("power", old, power)) / lr * x));
  const ir::Value l1 = cx.constant(c.l1_regularization_strength.value);
  const ir::Value clipped = ir::minimum(ir::maximum(linear, -l1), l1);
  cx.set_variable((clipped - linear) / (grown / lr + l2 * 2.0));
}

constexpr OptimizerCase cases[] = {
    {R"({"learning_rate": 0.1})"},
    {R"({"learning_rate": 0.2, "learning_rate_power": -0.7, "initial_accumulator_value": 0.3,
         "l1_regularization_strength": 0.05, "l2_regularization_strength": 0.02, "beta": 0.1})"},
    {R"({"learning_rate": 0.2, "l1_regularization_strength": 0.01, "l2_shrinkage_regularization_strength": 0.1})"},
};

}  // namespace
extern const OptimizerDef optimizer_ftrl = define_optimizer<Config, slots, update>(
    {.class_name = "Ftrl", .legacy_interleaves = true, .cases = cases});
}  // namespace keratin
