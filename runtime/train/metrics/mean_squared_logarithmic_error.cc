#include "runtime/train/mean.h"

namespace keratin {
namespace {

using namespace train;

ir::Value values(MetricContext& cx, ir::Value y_true, ir::Value y_pred, const NoConfig&) {
  return loss_function(cx, "mean_squared_logarithmic_error", y_true, y_pred);
}

constexpr const char* aliases[] = {"msle", "MSLE"};
constexpr MetricCase cases[] = {
    {R"({})", "normal[4,3] normal[4,3]"},
    {R"({})", "normal[4,3] normal[4,3] weights[4]"},
    {R"({})", "normal[4,5,3] normal[4,5,3] weights[4,5]"},
};

}  // namespace
extern const MetricDef metric_mean_squared_logarithmic_error =
    define_mean<NoConfig, values>({.class_name = "MeanSquaredLogarithmicError",
                                   .default_name = "mean_squared_logarithmic_error",
                                   .aliases = aliases,
                                   .cases = cases});
}  // namespace keratin
