#include "runtime/train/mean.h"

namespace keratin {
namespace {

using namespace train;

ir::Value values(MetricContext& cx, ir::Value y_true, ir::Value y_pred, const NoConfig&) {
  return loss_function(cx, "poisson", y_true, y_pred);
}

constexpr MetricCase cases[] = {
    {R"({})", "positive[4,3] positive[4,3]"},
    {R"({})", "positive[4,3] positive[4,3] weights[4]"},
};

}  // namespace
extern const MetricDef metric_poisson =
    define_mean<NoConfig, values>({.class_name = "Poisson", .default_name = "poisson", .cases = cases});
}  // namespace keratin
