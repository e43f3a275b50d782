#include "runtime/train/mean.h"

namespace keratin {
namespace {

using namespace train;

std::vector<MetricVariable> variables(const MetricContext& cx, const NoConfig&, const ir::Type&) {
  return {{"total", {}, cx.dtype}};
}
ir::Values update(MetricContext& cx, const NoConfig&, const ir::Values& state, const MetricInput& input) {
  const Samples samples = samples_of(cx, input.y_pred, input.sample_weight, "reduce_sum");
  return {state[0] + sum_of(samples.values)};
}
ir::Value result(const MetricContext&, const NoConfig&, const ir::Values& state) { return state[0]; }

constexpr MetricCase cases[] = {
    {R"({})", "- normal[4]"},
    {R"({})", "- normal[4,3] weights[4]"},
    {R"({})", "- normal[] weights[]"},
    {R"({})", "- normal[4,5,3] weights[4,5]"},
    {R"({"dtype": "float64"})", "- normal[4,3]"},
};

}  // namespace
extern const MetricDef metric_sum = define_metric<NoConfig, variables, update, result>(
    {.class_name = "Sum", .default_name = "sum", .cases = cases});
}  // namespace keratin
