#include "runtime/train/mean.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  Json shape;  // null: that of the first values. tf_keras forgets it when it saves

  template <class V>
  void describe(V& v) {
    v.dropped("shape");
  }
};

std::vector<MetricVariable> variables(const MetricContext& cx, const Config&, const ir::Type& values) {
  check(ir::is_static(values.shape), ErrorCode::unsupported, "values of shape ", ir::to_string(values.shape),
        ": every size must be known");
  const Shape shape = ir::to_shape(values.shape);
  return {{"total", shape, cx.dtype}, {"count", shape, cx.dtype}};
}
ir::Values update(MetricContext& cx, const Config&, const ir::Values& state, const MetricInput& input) {
  ir::Value values = ir::cast(input.y_pred, cx.dtype), count = ir::full(values.graph(), values.type(), 1);
  if (input.sample_weight) {
    ir::Value weight = expand_weights(values, ir::cast(input.sample_weight, cx.dtype));
    values = values * weight;
    count = count * weight;
  }
  return {state[0] + values, state[1] + count};
}
ir::Value result(const MetricContext&, const Config&, const ir::Values& state) { return mean_result(state); }

constexpr MetricCase cases[] = {
    {R"({})", "- normal[4,3]"},
    {R"({})", "- normal[4,3] weights[4]"},
};

}  // namespace
extern const MetricDef metric_mean_tensor = define_metric<Config, variables, update, result>(
    {.class_name = "MeanTensor", .default_name = "mean_tensor", .cases = cases});
}  // namespace keratin
