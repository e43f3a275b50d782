#include "runtime/train/optimizer.h"

namespace keratin {
namespace {

using namespace train;
using keras::Number;

struct Config {
  Number momentum;
  bool nesterov;

  template <class V>
  void describe(V& v) {
    v("momentum", momentum, 0.0);
    v("nesterov", nesterov, false);
  }
};

// tf_keras and Keras up to 2.3 keep the momentum even where it is 0.
void slots(const Config& c, SlotContext& cx) {
  check(c.momentum.value >= 0 && c.momentum.value <= 1, ErrorCode::corrupt_file, "\"momentum\" is ",
        c.momentum.value, ": expected 0 to 1");
  const Dialect dialect = cx.optimizer.dialect;
  const bool always = dialect == Dialect::tf_keras || dialect <= Dialect::keras_2_3;
  if (always || c.momentum.value != 0) cx.add({"momentum", "m", "momentum"});
}

void update(const Config& c, UpdateContext& cx) {
  const ir::Value step = cx.gradient() * cx.learning_rate();
  if (!cx.has("momentum")) return cx.set_variable(cx.variable() - step);
  const ir::Value m = cx.set_slot("momentum", cx.slot("momentum") * c.momentum.value - step);
  cx.set_variable(cx.variable() + (c.nesterov ? m * c.momentum.value - step : m));
}

constexpr OptimizerCase cases[] = {
    {R"({"learning_rate": 0.1})"},
    {R"({"learning_rate": 0.1, "momentum": 0.9})"},
    {R"({"learning_rate": 0.1, "momentum": 0.8, "nesterov": true})"},
    {R"({"learning_rate": 0.1, "momentum": 0.9, "clipnorm": 0.5})"},
    {R"({"learning_rate": 0.1, "clipvalue": 0.3})"},
    {R"({"learning_rate": 0.1, "global_clipnorm": 1.0})"},
    {R"({"learning_rate": 0.1, "weight_decay": 0.05, "momentum": 0.5})", "keras_3 tf_keras"},
    {R"({"learning_rate": 0.1, "use_ema": true, "ema_momentum": 0.7})", "keras_3 tf_keras"},
    {R"({"learning_rate": 0.1, "momentum": 0.9, "use_ema": true, "ema_overwrite_frequency": 3})",
     "keras_3 tf_keras"},
    {R"({"learning_rate": 0.1, "momentum": 0.9, "gradient_accumulation_steps": 3})", "keras_3"},
    {R"({"learning_rate": 0.1, "clipnorm": 0.4, "weight_decay": 0.1, "gradient_accumulation_steps": 2,
         "use_ema": true, "ema_momentum": 0.6, "ema_overwrite_frequency": 2})",
     "keras_3"},
    {R"({"learning_rate": 0.1, "loss_scale_factor": 4.0})", "keras_3"},
    {R"({"learning_rate": {"module": "keras.optimizers.schedules", "class_name": "ExponentialDecay", "config":
         {"initial_learning_rate": 0.2, "decay_steps": 3, "decay_rate": 0.5, "staircase": false,
          "name": "ExponentialDecay"}, "registered_name": null}, "momentum": 0.9})"},
    {R"({"learning_rate": 0.1, "decay": 0.3, "momentum": 0.9})", "legacy"},
    {R"({"learning_rate": 0.1, "clipnorm": 0.5, "clipvalue": 0.2})", "legacy"},
};

}  // namespace
extern const OptimizerDef optimizer_sgd =
    define_optimizer<Config, slots, update>({.class_name = "SGD", .learning_rate = 0.01, .cases = cases});
}  // namespace keratin
