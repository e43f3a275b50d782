#include "runtime/train/mean.h"

namespace keratin {
namespace {

using namespace train;

ir::Value values(MetricContext& cx, ir::Value y_true, ir::Value y_pred, const NoConfig&) {
  return loss_function(cx, "hinge", y_true, y_pred);
}

constexpr MetricCase cases[] = {
    {R"({})", "signs[4,3] normal[4,3]"},
    {R"({})", "bits[4,3] normal[4,3] weights[4]"},
};

}  // namespace
extern const MetricDef metric_hinge =
    define_mean<NoConfig, values>({.class_name = "Hinge", .default_name = "hinge", .cases = cases});
}  // namespace keratin
