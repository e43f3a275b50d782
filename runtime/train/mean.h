// Metrics that are the weighted mean of a function's values, and the sums that they keep.
#pragma once

#include "runtime/train/metric.h"

namespace keratin::train {

// Values and their weights (null: all 1), one per sample, as Mean and Sum of Keras add them up.
struct Samples {
  ir::Value values, weights;
};
// reduce: what becomes of the axes behind those of the weights, "reduce_mean" or "reduce_sum".
Samples samples_of(MetricContext& cx, ir::Value values, ir::Value sample_weight, const char* reduce);

std::vector<MetricVariable> mean_variables(const MetricContext& cx);
ir::Values update_mean(MetricContext& cx, const ir::Values& state, ir::Value values, ir::Value sample_weight);
ir::Value mean_result(const ir::Values& state);

// Targets and predictions as a mean's function gets them, and the weights with y_pred's mask.
MetricInput mean_input(MetricContext& cx, const MetricInput& input);

// A loss as a metric's function. config: its arguments.
ir::Value loss_function(MetricContext& cx, const char* function, ir::Value y_true, ir::Value y_pred,
                        Json config = Json(Json::Object{}));

// MetricDef of a function's values: values(cx, y_true, y_pred, config).
template <class Config, ir::Value (*ValuesOf)(MetricContext&, ir::Value, ir::Value, const Config&)>
struct MeanOf {
  static std::vector<MetricVariable> variables(const MetricContext& cx, const Config&, const ir::Type&) {
    return mean_variables(cx);
  }
  static ir::Values update(MetricContext& cx, const Config& c, const ir::Values& state,
                           const MetricInput& given) {
    const MetricInput input = mean_input(cx, given);
    const ir::Value values = ValuesOf(cx, input.y_true, input.y_pred, c);
    return update_mean(cx, state, values, input.sample_weight);
  }
  static ir::Value result(const MetricContext&, const Config&, const ir::Values& state) {
    return mean_result(state);
  }
};
template <class Config, ir::Value (*ValuesOf)(MetricContext&, ir::Value, ir::Value, const Config&)>
constexpr MetricDef define_mean(MetricDef def) {
  using Mean = MeanOf<Config, ValuesOf>;
  return define_metric<Config, Mean::variables, Mean::update, Mean::result>(def);
}

}  // namespace keratin::train
