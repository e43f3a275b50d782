#include "runtime/train/mean.h"

namespace keratin {
namespace {

using namespace train;

ir::Value values(MetricContext& cx, ir::Value y_true, ir::Value y_pred, const NoConfig&) {
  return loss_function(cx, "log_cosh", y_true, y_pred);
}

constexpr const char* aliases[] = {"log_cosh", "log_cosh_error"};
constexpr MetricCase cases[] = {
    {R"({})", "normal[4,3] normal[4,3]"},
    {R"({})", "normal[4,3] normal[4,3] weights[4]"},
    {R"({})", "normal[4,5,3] normal[4,5,3] weights[4,5]"},
};

}  // namespace
extern const MetricDef metric_log_cosh_error = define_mean<NoConfig, values>(
    {.class_name = "LogCoshError", .default_name = "logcosh", .aliases = aliases, .cases = cases});
}  // namespace keratin
