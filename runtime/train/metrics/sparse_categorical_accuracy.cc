#include "runtime/train/hits.h"
#include "runtime/train/mean.h"

namespace keratin {
namespace {

using namespace train;

ir::Value values(MetricContext& cx, ir::Value y_true, ir::Value y_pred, const NoConfig&) {
  const ir::Value hits = class_hits(y_true, y_pred);
  const bool squeezes = cx.keras3() || cx.is_function;
  if (squeezes && hits.rank() > 1 && hits.shape().back() == ir::Dim(1)) return ir::squeeze(hits, -1);
  return hits;
}

constexpr MetricCase cases[] = {
    {R"({})", "classes3[4] normal[4,3]"},
    {R"({})", "classes3[4,1] thirds[4,3] weights[4]"},
    {R"({})", "classes3[4,5] normal[4,5,3] weights[4,5]"},
    {R"({})", "classes3[4,5,1] normal[4,5,3]"},
    {R"({})", "classes3[4,5] normal[4,5,3] weights[4,1] mask[4,5]"},
};

}  // namespace
extern const MetricDef metric_sparse_categorical_accuracy =
    define_mean<NoConfig, values>({.class_name = "SparseCategoricalAccuracy",
                                   .default_name = "sparse_categorical_accuracy",
                                   .cases = cases});
}  // namespace keratin
