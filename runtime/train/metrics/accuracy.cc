#include "runtime/train/mean.h"

namespace keratin {
namespace {

using namespace train;

ir::Value values(MetricContext& cx, ir::Value y_true, ir::Value y_pred, const NoConfig&) {
  y_true = ir::cast(y_true, y_pred.dtype());
  if (cx.keras3()) std::tie(y_true, y_pred) = squeeze_or_expand(y_true, y_pred);
  return ir::cast(ir::compare("equal", y_true, y_pred), DType::float32);
}

constexpr MetricCase cases[] = {
    {R"({})", "classes3[4,5] classes3[4,5]"},
    {R"({})", "classes3[4,5] classes3[4,5] weights[4]"},
    {R"({})", "classes3[4] classes3[4,1] weights[4]"},
};

}  // namespace
extern const MetricDef metric_accuracy =
    define_mean<NoConfig, values>({.class_name = "Accuracy", .default_name = "accuracy", .cases = cases});
}  // namespace keratin
