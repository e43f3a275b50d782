#include "runtime/train/mean.h"

namespace keratin {
namespace {

using namespace train;

std::vector<MetricVariable> variables(const MetricContext& cx, const NoConfig&, const ir::Type&) {
  return mean_variables(cx);
}
ir::Values update(MetricContext& cx, const NoConfig&, const ir::Values& state, const MetricInput& input) {
  auto [y_true, y_pred] =
      match_ranks(ir::cast(input.y_true, cx.dtype), ir::cast(input.y_pred, cx.dtype), cx.flavour);
  return update_mean(cx, state, ir::square(y_pred - y_true), input.sample_weight);
}
ir::Value result(const MetricContext&, const NoConfig&, const ir::Values& state) {
  return ir::sqrt(mean_result(state));
}

constexpr MetricCase cases[] = {
    {R"({})", "normal[4,3] normal[4,3]"},
    {R"({})", "normal[4,3] normal[4,3] weights[4]"},
    {R"({})", "normal[4,5,3] normal[4,5,3] weights[4,5]"},
    {R"({})", "normal[4] normal[4,1]"},
    {R"({})", "normal[4] normal[4,1] weights[4]"},
    {R"({})", "normal[4,5,3] normal[4,5,3] weights[4,1]"},
    {R"({})", "normal[4,5,3] normal[4,5,3] weights[4]"},
    {R"({"dtype": "float64", "name": "mine"})", "normal[4,3] normal[4,3] weights[4]"},
    {R"({})", "normal[4,3] normal[4,3] zeros[4]"},
};

}  // namespace
extern const MetricDef metric_root_mean_squared_error = define_metric<NoConfig, variables, update, result>(
    {.class_name = "RootMeanSquaredError", .default_name = "root_mean_squared_error", .cases = cases});
}  // namespace keratin
