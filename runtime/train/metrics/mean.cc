#include "runtime/train/mean.h"

namespace keratin {
namespace {

using namespace train;

std::vector<MetricVariable> variables(const MetricContext& cx, const NoConfig&, const ir::Type&) {
  return mean_variables(cx);
}
ir::Values update(MetricContext& cx, const NoConfig&, const ir::Values& state, const MetricInput& input) {
  return update_mean(cx, state, input.y_pred, input.sample_weight);
}
ir::Value result(const MetricContext&, const NoConfig&, const ir::Values& state) {
  return mean_result(state);
}

constexpr MetricCase cases[] = {
    {R"({})", "- normal[4]"},
    {R"({})", "- normal[4,3] weights[4]"},
    {R"({})", "- normal[] weights[]"},
    {R"({})", "- normal[4,5,3] weights[4,5]"},
    {R"({"dtype": "float64"})", "- normal[4,3]"},
};

}  // namespace
extern const MetricDef metric_mean = define_metric<NoConfig, variables, update, result>(
    {.class_name = "Mean", .default_name = "mean", .cases = cases});
}  // namespace keratin
