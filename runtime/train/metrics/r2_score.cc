#include "runtime/train/metric.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  Json class_aggregation;
  std::int64_t num_regressors;

  template <class V>
  void describe(V& v) {
    v("class_aggregation", class_aggregation, "uniform_average");
    v("num_regressors", num_regressors, 0);
  }
};

enum class Aggregation { none, uniform, by_variance };
Aggregation aggregation_of(const Config& c) {
  if (c.class_aggregation.is_null()) return Aggregation::none;
  const std::string& name = c.class_aggregation.as_string();
  if (name == "uniform_average") return Aggregation::uniform;
  check(name == "variance_weighted_average", ErrorCode::corrupt_file, "class_aggregation \"", name,
        "\": expected null, uniform_average or variance_weighted_average");
  return Aggregation::by_variance;
}

std::vector<MetricVariable> variables(const MetricContext& cx, const Config& c, const ir::Type& y_pred) {
  check(c.num_regressors >= 0, ErrorCode::corrupt_file, "num_regressors ", c.num_regressors,
        ": expected 0 or more");
  check(y_pred.rank() == 2 && y_pred.shape[1].is_constant(), ErrorCode::invalid_argument,
        "expected predictions of shape (batch, outputs), found ", ir::to_string(y_pred));
  std::vector<MetricVariable> made = {{"num_samples", {}, cx.keras3() ? DType::float32 : DType::int32}};
  for (const char* name : {"squared_sum", "sum", "residual", "count"})
    made.push_back({name, {y_pred.shape[1].value()}, cx.keras3() ? DType::float32 : cx.dtype});
  return made;
}

ir::Values update(MetricContext& cx, const Config&, const ir::Values& state, const MetricInput& input) {
  ir::Value y_true = ir::cast(input.y_true, cx.dtype), y_pred = ir::cast(input.y_pred, cx.dtype);
  if (cx.keras3()) std::tie(y_true, y_pred) = squeeze_or_expand(y_true, y_pred);
  ir::Value weight =
      input.sample_weight ? ir::cast(input.sample_weight, cx.dtype) : ir::constant_like(y_true, 1);
  if (weight.rank() == 1) weight = ir::expand_dims(weight, 1);
  weight = ir::broadcast_to(weight, y_true.shape());
  auto total = [&](ir::Value x, std::size_t i) {
    return state[i] + ir::cast(ir::sum(x, {0}), state[i].dtype());
  };
  const ir::Value weighted = y_true * weight;
  return {state[0] + element_count(y_true, state[0].dtype()), total(y_true * weighted, 1), total(weighted, 2),
          total(ir::square(y_true - y_pred) * weight, 3), total(weight, 4)};
}

ir::Value result(const MetricContext&, const Config& c, const ir::Values& state) {
  const ir::Value total = state[1] - state[2] * (state[2] / state[4]);
  ir::Value score = 1.0 - state[3] / total;
  score = ir::select(ir::unary("is_inf", score), ir::constant_like(score, 0), score);
  const Aggregation aggregation = aggregation_of(c);
  if (aggregation == Aggregation::uniform) score = ir::mean(score, {0});
  if (aggregation == Aggregation::by_variance) score = sum_of(total * score) / sum_of(total);
  if (c.num_regressors == 0) return score;
  // Adjusted for the regressors, where there are more samples than those
  const ir::Value left = ir::cast(state[0], score.dtype()) - 1.0;
  const ir::Value free = left - static_cast<double>(c.num_regressors);
  const ir::Value adjusted = 1.0 - (1.0 - score) * left / free;
  return ir::select(ir::compare("greater", free, ir::constant_like(free, 0)), adjusted, score);
}

constexpr MetricCase cases[] = {
    {R"({})", "normal[6,3] normal[6,3]"},
    {R"({"class_aggregation": "variance_weighted_average"})", "normal[6,3] normal[6,3] weights[6]"},
    {R"({"class_aggregation": null})", "normal[6,3] normal[6,3] weights[6,3]"},
    {R"({"num_regressors": 2})", "normal[6,3] normal[6,3]"},
    {R"({"num_regressors": 30})", "normal[4,2] normal[4,2]"},
    {R"({})", "normal[6,1] normal[6,1]"},
};

}  // namespace
extern const MetricDef metric_r2_score = define_metric<Config, variables, update, result>(
    {.class_name = "R2Score", .default_name = "r2_score", .cases = cases});
}  // namespace keratin
