#include "runtime/train/optimizer.h"

namespace keratin {
namespace {

using namespace train;
using keras::Number;

struct Config {
  Number rho, epsilon;

  template <class V>
  void describe(V& v) {
    v("rho", rho, 0.95);
    v("epsilon", epsilon, 1e-7);
  }
};

void slots(const Config&, SlotContext& cx) {
  cx.add({"accumulated_grad", "accumulated_grad", "accum_grad"});
  cx.add({"accumulated_delta_var", "accumulated_delta_var", "accum_var"});
}

void update(const Config& c, UpdateContext& cx) {
  const ir::Value g = cx.gradient(), deltas = cx.slot("accumulated_delta_var");
  const ir::Value take = cx.complement(c.rho.value);
  const auto root = [&](ir::Value x) { return ir::sqrt(x + c.epsilon.value); };
  const ir::Value squares =
      cx.set_slot("accumulated_grad", cx.slot("accumulated_grad") * c.rho.value + take * ir::square(g));
  const ir::Value delta = root(deltas) * g / root(squares);
  cx.set_slot("accumulated_delta_var", deltas * c.rho.value + take * ir::square(delta));
  cx.set_variable(cx.variable() - cx.learning_rate() * delta);
}

constexpr OptimizerCase cases[] = {
    {R"({"learning_rate": 1.0})"},
    {R"({"learning_rate": 5.0, "rho": 0.7, "epsilon": 0.001})"},
    {R"({"learning_rate": 2.0, "weight_decay": 0.01, "clipvalue": 0.5})", "keras_3 tf_keras"},
};

}  // namespace
extern const OptimizerDef optimizer_adadelta = define_optimizer<Config, slots, update>(
    {.class_name = "Adadelta", .counts_in_keras_1 = false, .cases = cases});
}  // namespace keratin
