#include <map>

#include "runtime/train/optimizer.h"
#include "runtime/train/pattern.h"

namespace keratin {
namespace {

using namespace train;
using keras::Lowering;
using keras::Number;

struct Config {
  Json optimizer_map;  // {"class_name": "OptimizerMap", "config": {"default_optimizer", "optimizer_map"}}
  std::optional<Number> loss_scale_factor;

  template <class V>
  void describe(V& v) {
    v("optimizer_map", optimizer_map);
    v("loss_scale_factor", loss_scale_factor, nullptr);
  }
  const Json& map() const { return optimizer_map.at("config"); }
  // Patterns of variables' paths, one per inner optimizer but the last, which takes the rest.
  std::vector<std::string> patterns() const {
    std::vector<std::string> all;
    if (const Json* mapped = map().find("optimizer_map"); mapped && mapped->is_object())
      for (const auto& [pattern, object] : mapped->as_object()) all.push_back(pattern);
    return all;
  }
};

void wrap(const Config& c, Optimizer& o) {
  const auto add = [&](const Json& object) {
    o.inner.push_back(make_optimizer(object, o.dialect, o.floatx));
    check(!o.inner.back()->def->wrap, ErrorCode::corrupt_file, o.inner.back()->def->class_name,
          " can't be inside of a MultiOptimizer");
    o.inner.back()->common.loss_scale_factor = c.loss_scale_factor;
  };
  for (const std::string& pattern : c.patterns()) add(c.map().at("optimizer_map").at(pattern));
  add(c.map().at("default_optimizer"));
}

void write_inner(const Optimizer& o, Json& config) {
  Json& map = config["optimizer_map"]["config"];
  std::size_t i = 0;
  if (Json* mapped = map.find("optimizer_map"); mapped && mapped->is_object())
    for (auto& [pattern, object] : mapped->as_object()) object = optimizer_json(*o.inner[i++]);
  map["default_optimizer"] = optimizer_json(*o.inner[i]);
  const Json name = config.at("name");  // stands last
  config.erase("name");
  config["name"] = name;
}

// A path itself beats patterns that it fits; of these there may be one.
std::size_t choose(const std::vector<std::string>& patterns, const std::string& path) {
  std::size_t found = patterns.size();
  for (std::size_t i = 0; i < patterns.size(); ++i)
    if (patterns[i] == path) return i;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    if (!fits(patterns[i], path)) continue;
    check(found == patterns.size(), ErrorCode::corrupt_file, "MultiOptimizer: several patterns fit variable ",
          path);
    found = i;
  }
  return found;
}

void build_inner(const Config& c, Optimizer& o) {
  std::vector<std::vector<VariablePtr>> shares(o.inner.size());
  for (const VariablePtr& variable : o.trained)
    shares[choose(c.patterns(), variable->path)].push_back(variable);
  for (std::size_t i = 0; i < shares.size(); ++i) o.inner[i]->build(std::move(shares[i]));
}

ir::Value loss_scale(const Config& c, Lowering& lowering, const Optimizer&) {
  return c.loss_scale_factor ? ir::constant(lowering.graph, DType::float32, c.loss_scale_factor->value)
                             : ir::Value{};
}

void apply(const Config&, Lowering& lowering, const Optimizer& o, const ir::Values& gradients,
           const Constrain& constrain) {
  std::map<const Variable*, ir::Value> by_variable;
  for (std::size_t i = 0; i < gradients.size(); ++i) by_variable[o.trained[i].get()] = gradients[i];
  for (const OptimizerPtr& inner : o.inner) {
    ir::Values own;
    for (const VariablePtr& variable : inner->trained) own.push_back(by_variable.at(variable.get()));
    if (!own.empty()) apply_gradients(lowering, *inner, own, constrain);
  }
  const std::size_t iteration = lowering.index_of(o.iteration);
  lowering.graph.assign(iteration, lowering.graph.read(iteration) + 1.0);
}

constexpr OptimizerCase cases[] = {
    {R"({"optimizer_map": {"module": "keras.optimizers", "class_name": "OptimizerMap", "config":
         {"default_optimizer": {"module": "keras.optimizers", "class_name": "SGD", "config":
            {"learning_rate": 0.1, "momentum": 0.9}, "registered_name": null},
          "optimizer_map": {"first.*": {"module": "keras.optimizers", "class_name": "Adam", "config":
            {"learning_rate": 0.05, "clipnorm": 0.5}, "registered_name": null}}}, "registered_name": null},
         "loss_scale_factor": null})",
     "keras_3"},
    {R"({"optimizer_map": {"module": "keras.optimizers", "class_name": "OptimizerMap", "config":
         {"default_optimizer": {"module": "keras.optimizers", "class_name": "RMSprop", "config":
            {"learning_rate": 0.02}, "registered_name": null},
          "optimizer_map": {}}, "registered_name": null}, "loss_scale_factor": 2.0})",
     "keras_3"},
};

}  // namespace
extern const OptimizerDef optimizer_multi_optimizer = {.class_name = "MultiOptimizer",
                                                       .cases = cases,
                                                       .config = config_functions<Config>(),
                                                       .wrap = Typed<Config, wrap>::call,
                                                       .holds_several = true,
                                                       .write_inner = write_inner,
                                                       .build_inner = Typed<Config, build_inner>::call,
                                                       .apply = Typed<Config, apply>::call,
                                                       .loss_scale = Typed<Config, loss_scale>::call};
}  // namespace keratin
