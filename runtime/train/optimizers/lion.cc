#include "runtime/train/optimizer.h"

namespace keratin {
namespace {

using namespace train;
using keras::Number;

struct Config {
  Number beta_1, beta_2;

  template <class V>
  void describe(V& v) {
    v("beta_1", beta_1, 0.9);
    v("beta_2", beta_2, 0.99);
  }
};

void slots(const Config&, SlotContext& cx) { cx.add({"momentum", "m", nullptr}); }

void update(const Config& c, UpdateContext& cx) {
  const ir::Value g = cx.gradient(), m = cx.slot("momentum");
  const ir::Value beta_1 = cx.constant(c.beta_1.value), beta_2 = cx.constant(c.beta_2.value);
  cx.set_slot("momentum", m * beta_2 + g * (1.0 - beta_2));
  const ir::Value direction = ir::unary("sign", m * beta_1 + g * (1.0 - beta_1));
  cx.set_variable(cx.variable() - cx.learning_rate() * direction);
}

constexpr OptimizerCase cases[] = {
    {R"({"learning_rate": 0.01})", "keras_3 tf_keras"},
    {R"({"learning_rate": 0.02, "beta_1": 0.7, "beta_2": 0.8, "weight_decay": 0.1})", "keras_3 tf_keras"},
};

}  // namespace
extern const OptimizerDef optimizer_lion = define_optimizer<Config, slots, update>(
    {.class_name = "Lion", .tf_keras_learning_rate = 0.0001, .cases = cases});
}  // namespace keratin
