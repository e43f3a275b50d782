#include "runtime/train/loss.h"
#include "runtime/train/mean.h"

namespace keratin {
namespace {

using namespace train;

// The loss {"fn"} and its arguments.
struct Config {
  Json fn;
  Json arguments = Json(Json::Object{});
};

ConfigPtr read(const Json& json, Json& left) {
  auto config = std::make_shared<Config>();
  config->fn = json.at("fn");
  const std::string function = read_object(config->fn, "metric").class_name;
  const LossDef* def = find_loss_def(function);
  if (!def) refuse_class("metric function", function);
  left.erase("fn");
  config->arguments = left;
  def->config.read(config->arguments, left);
  return config;
}
Json write(const void* config) {
  const auto& c = *static_cast<const Config*>(config);
  Json json;
  json["fn"] = c.fn;
  for (const auto& [key, value] : c.arguments.as_object()) json[key] = value;
  return json;
}

ir::Value values(MetricContext& cx, ir::Value y_true, ir::Value y_pred, const Config& c) {
  const std::string function = read_object(c.fn, "metric").class_name;
  return loss_function(cx, function.c_str(), y_true, y_pred, c.arguments);
}

constexpr MetricCase cases[] = {
    {R"({"fn": "huber"})", "normal[4,3] normal[4,3]"},
    {R"({"fn": "huber", "delta": 0.3})", "normal[4,3] normal[4,3] weights[4]"},
    {R"({"fn": "mean_squared_error"})", "normal[4,5,3] normal[4,5,3] weights[4,5]"},
};

constexpr MetricDef define() {
  using Mean = MeanOf<Config, values>;
  MetricDef def{.class_name = "MeanMetricWrapper", .default_name = "mean_metric_wrapper", .cases = cases};
  def.variables = [](const MetricContext& cx, const void*, const ir::Type&) { return mean_variables(cx); };
  def.update = [](MetricContext& cx, const void* config, const ir::Values& state, const MetricInput& input) {
    return Mean::update(cx, *static_cast<const Config*>(config), state, input);
  };
  def.result = [](const MetricContext&, const void*, const ir::Values& state) { return mean_result(state); };
  def.config = {read, write, [] { return std::vector<keras::KeyDoc>{}; }};
  return def;
}

}  // namespace
extern const MetricDef metric_mean_metric_wrapper = define();
}  // namespace keratin
