#include "runtime/train/optimizer.h"

namespace keratin {
namespace {

using namespace train;
using keras::Lowering;
using keras::Number;

struct Config {
  Json inner_optimizer;
  std::optional<bool> dynamic;  // tf_keras: false keeps the scale as it is
  Number initial_scale;
  std::optional<std::int64_t> dynamic_growth_steps;

  template <class V>
  void describe(V& v) {
    v("inner_optimizer", inner_optimizer);
    v.optional("dynamic", dynamic);
    v("initial_scale", initial_scale, 32768.0);
    v("dynamic_growth_steps", dynamic_growth_steps, 2000);
    v.dropped("ema_momentum");  // Keras 3 once wrote what all optimizers have
  }
  bool is_fixed() const { return dynamic && !*dynamic; }
};

// Up to TensorFlow 2.3: {"optimizer", "loss_scale": {"class_name": "DynamicLossScale", …}}.
void upgrade(Json& config) {
  const Json* found = config.find("loss_scale");
  if (!found) return;
  const NamedObject scale = read_object(*found, "loss scale");
  const bool dynamic = scale.class_name == "DynamicLossScale";
  check(dynamic || scale.class_name == "FixedLossScale", ErrorCode::unsupported, "loss scale ",
        scale.class_name, " is not known");
  check(!dynamic || keras::number_or(scale.config, "multiplier", 2) == 2, ErrorCode::unsupported,
        "\"multiplier\" of DynamicLossScale: only 2 is known");
  const Json first = scale.config.at(dynamic ? "initial_loss_scale" : "loss_scale_value");
  config["dynamic"] = dynamic;
  config["initial_scale"] = first;
  config["dynamic_growth_steps"] = dynamic ? scale.config.at("increment_period") : Json();
  config["inner_optimizer"] = config.at("optimizer");
  config.erase("loss_scale");
  config.erase("optimizer");
}

void wrap(const Config& c, Optimizer& o) {
  o.inner = {make_optimizer(c.inner_optimizer, o.dialect, o.floatx)};
  o.inner[0]->common.loss_scale_factor.reset();  // gradients would be scaled twice
}

void write_inner(const Optimizer& o, Json& config) {
  config["inner_optimizer"] = optimizer_json(*o.inner[0]);
}

void build_inner(const Config&, Optimizer& o) { o.inner[0]->build(o.trained); }

void share(const Config& c, Optimizer& o) {
  o.add_shared("step_counter", nullptr, DType::int64, 0);
  o.add_shared("dynamic_scale", nullptr, DType::float32, c.initial_scale.value);
}

ir::Value loss_scale(const Config&, Lowering& lowering, const Optimizer& o) {
  return lowering.graph.read(lowering.index_of(o.shared_variable("dynamic_scale")));
}

ir::Value all_finite(Lowering& lowering, const ir::Values& gradients) {
  ir::Value all;
  for (const ir::Value& g : gradients) {
    if (!g) continue;
    ir::Ints axes;
    for (std::size_t i = 0; i < g.rank(); ++i) axes.push_back(static_cast<std::int64_t>(i));
    ir::Value finite = ir::unary("is_finite", g);
    if (!axes.empty()) finite = ir::reduce("reduce_all", finite, std::move(axes));
    all = all ? ir::binary("logical_and", all, finite) : finite;
  }
  return all ? all : ir::cast(ir::constant(lowering.graph, DType::float32, 1), DType::boolean);
}

// Grows after so many finite steps, shrinks with an infinite one, which counts for nothing else.
void update_scale(const Config& c, Lowering& lowering, const Optimizer& o, ir::Value finite) {
  const std::size_t counter = lowering.index_of(o.shared_variable("step_counter")),
                    scale = lowering.index_of(o.shared_variable("dynamic_scale"));
  const ir::Value count = lowering.graph.read(counter), now = lowering.graph.read(scale);
  const ir::Value zero = ir::constant_like(count, 0);
  const ir::Value grows = ir::compare(
      "greater_equal", count + 1.0, ir::constant_like(count, double(c.dynamic_growth_steps.value_or(2000))));
  ir::Value grown = now * 2.0, shrunk = now * 0.5;
  if (!is_keras_3(o.dialect)) {
    grown = ir::select(ir::unary("is_finite", grown), grown, now);
    shrunk = ir::maximum(shrunk, ir::constant_like(now, 1));
  }
  lowering.graph.assign(counter, ir::select(finite, ir::select(grows, zero, count + 1.0), zero));
  lowering.graph.assign(scale, ir::select(finite, ir::select(grows, grown, now), shrunk));
}

void apply(const Config& c, Lowering& lowering, const Optimizer& o, const ir::Values& gradients,
           const Constrain& constrain) {
  const Optimizer& inner = *o.inner[0];
  const ir::Value scale = loss_scale(c, lowering, o);
  ir::Values unscaled = gradients;
  for (ir::Value& g : unscaled)
    if (g) g = g / ir::cast(scale, g.dtype());
  if (c.is_fixed()) return apply_gradients(lowering, inner, unscaled, constrain);
  const ir::Value finite = all_finite(lowering, gradients);
  const std::size_t iteration = lowering.index_of(inner.iteration);
  const ir::Value before = lowering.graph.read(iteration);
  only_if(lowering, inner, finite, [&] { apply_gradients(lowering, inner, unscaled, constrain); });
  if (!is_keras_3(o.dialect)) lowering.graph.assign(iteration, before + 1.0);
  update_scale(c, lowering, o, finite);
}

constexpr const char* aliases[] = {"LossScaleOptimizerV3", "LossScaleOptimizerV1"};
constexpr OptimizerCase cases[] = {
    {R"({"inner_optimizer": {"module": "keras.optimizers", "class_name": "SGD", "config":
         {"learning_rate": 0.1, "momentum": 0.9}, "registered_name": null},
         "initial_scale": 8.0, "dynamic_growth_steps": 2})",
     "keras_3 tf_keras legacy", true},
    {R"({"inner_optimizer": {"module": "keras.optimizers", "class_name": "Adam", "config":
         {"learning_rate": 0.05, "clipnorm": 0.5}, "registered_name": null},
         "initial_scale": 1.0, "dynamic_growth_steps": 3})",
     "keras_3 tf_keras", true},
};

}  // namespace
extern const OptimizerDef optimizer_loss_scale_optimizer = {.class_name = "LossScaleOptimizer",
                                                            .cases = cases,
                                                            .aliases = aliases,
                                                            .config = config_functions<Config>(),
                                                            .share = Typed<Config, share>::call,
                                                            .upgrade = upgrade,
                                                            .wrap = Typed<Config, wrap>::call,
                                                            .write_inner = write_inner,
                                                            .build_inner = Typed<Config, build_inner>::call,
                                                            .apply = Typed<Config, apply>::call,
                                                            .loss_scale = Typed<Config, loss_scale>::call};
}  // namespace keratin
