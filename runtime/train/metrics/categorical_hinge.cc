#include "runtime/train/mean.h"

namespace keratin {
namespace {

using namespace train;

ir::Value values(MetricContext& cx, ir::Value y_true, ir::Value y_pred, const NoConfig&) {
  return loss_function(cx, "categorical_hinge", y_true, y_pred);
}

constexpr MetricCase cases[] = {
    {R"({})", "one_hot[4,3] normal[4,3]"},
    {R"({})", "one_hot[4,3] normal[4,3] weights[4]"},
};

}  // namespace
extern const MetricDef metric_categorical_hinge = define_mean<NoConfig, values>(
    {.class_name = "CategoricalHinge", .default_name = "categorical_hinge", .cases = cases});
}  // namespace keratin
