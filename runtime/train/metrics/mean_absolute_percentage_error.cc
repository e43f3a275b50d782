#include "runtime/train/mean.h"

namespace keratin {
namespace {

using namespace train;

ir::Value values(MetricContext& cx, ir::Value y_true, ir::Value y_pred, const NoConfig&) {
  return loss_function(cx, "mean_absolute_percentage_error", y_true, y_pred);
}

constexpr const char* aliases[] = {"mape", "MAPE"};
constexpr MetricCase cases[] = {
    {R"({})", "normal[4,3] normal[4,3]"},
    {R"({})", "normal[4,3] normal[4,3] weights[4]"},
    {R"({})", "normal[4,5,3] normal[4,5,3] weights[4,5]"},
};

}  // namespace
extern const MetricDef metric_mean_absolute_percentage_error =
    define_mean<NoConfig, values>({.class_name = "MeanAbsolutePercentageError",
                                   .default_name = "mean_absolute_percentage_error",
                                   .aliases = aliases,
                                   .cases = cases});
}  // namespace keratin
