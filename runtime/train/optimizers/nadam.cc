#include <algorithm>
#include <cmath>

#include "runtime/core/cast.h"
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
  cx.add({"velocity", "v", "v"});
}

// The product of all momenta so far, in the dtype of the first variable.
void share(const Config&, Optimizer& optimizer) {
  const DType dtype = optimizer.trained.empty() ? optimizer.floatx : optimizer.trained[0]->dtype();
  optimizer.add_shared("u_product", "momentum_cache", dtype, 1);
}

// The momentum of a step. A legacy "decay" (schedule_decay) slows it down.
ir::Value momentum_at(ir::Value step, const Optimizer& optimizer, const Config& c) {
  if (is_legacy(optimizer.dialect)) step = step * optimizer.common.decay.value;
  const ir::Value power = ir::binary("power", ir::constant_like(step, 0.96), step);
  return ir::constant_like(step, c.beta_1.value) * (1.0 - power * 0.5);
}

void update_shared(const Config& c, keras::Lowering& lowering, const Optimizer& optimizer) {
  const VariablePtr& product = optimizer.shared_variable("u_product");
  const std::size_t index = lowering.index_of(product);
  const ir::Value step = ir::cast(iterations_of(lowering, optimizer) + 1.0, product->dtype());
  lowering.graph.assign(index, lowering.graph.read(index) * momentum_at(step, optimizer, c));
}

void recover(const Config& c, Optimizer& optimizer) {
  const std::int64_t steps = *optimizer.iteration->value().data<std::int64_t>() /
                             optimizer.common.gradient_accumulation_steps.value_or(1);
  const double slowness = is_legacy(optimizer.dialect) ? optimizer.common.decay.value : 1;
  constexpr std::int64_t most = 1000000;  // the momentum is beta_1 by then, and the product gone
  double product = 1;
  for (std::int64_t i = 1; i <= std::min(steps, most); ++i)
    product *= c.beta_1.value * (1 - 0.5 * std::pow(0.96, slowness * static_cast<double>(i)));
  const VariablePtr& variable = optimizer.shared_variable("u_product");
  variable->assign(cast_tensor(Tensor::of<double>({}, {product}), variable->dtype()));
}

void update(const Config& c, UpdateContext& cx) {
  const ir::Value g = cx.gradient(), m = cx.slot("momentum"), v = cx.slot("velocity");
  const ir::Value step = cx.step(), product = cx.shared("u_product");
  const ir::Value now = momentum_at(step, cx.optimizer, c), next = momentum_at(step + 1.0, cx.optimizer, c);
  const ir::Value beta_1 = cx.constant(c.beta_1.value), beta_2 = cx.constant(c.beta_2.value);
  const ir::Value mean = cx.set_slot("momentum", m + (g - m) * (1.0 - beta_1));
  const ir::Value spread = cx.set_slot("velocity", v + (ir::square(g) - v) * (1.0 - beta_2));
  const ir::Value ahead = next * mean / (1.0 - product * next) + (1.0 - now) * g / (1.0 - product);
  const ir::Value root = ir::sqrt(spread / (1.0 - cx.power_of_step(c.beta_2.value)));
  cx.set_variable(cx.variable() - ahead * cx.learning_rate() / (root + c.epsilon.value));
}

constexpr OptimizerCase cases[] = {
    {R"({"learning_rate": 0.05})", "keras_3 tf_keras"},
    {R"({"learning_rate": 0.05, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 0.01})", "keras_3 tf_keras"},
    {R"({"learning_rate": 0.05, "gradient_accumulation_steps": 2})", "keras_3"},
    {R"({"learning_rate": 0.05})", "legacy"},
    {R"({"learning_rate": 0.05, "schedule_decay": 0.5, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 0.01})",
     "legacy"},
};

}  // namespace
extern const OptimizerDef optimizer_nadam =
    define_optimizer<Config, slots, update>({.class_name = "Nadam",
                                             .legacy_differs = true,
                                             .legacy_decay = 0.004,
                                             .legacy_decays = false,
                                             .cases = cases,
                                             .share = Typed<Config, share>::call,
                                             .update_shared = Typed<Config, update_shared>::call,
                                             .recover = Typed<Config, recover>::call});
}  // namespace keratin
