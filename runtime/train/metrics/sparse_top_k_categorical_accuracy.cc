#include "runtime/train/hits.h"
#include "runtime/train/mean.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  std::int64_t k;
  std::optional<bool> from_sorted_ids;

  template <class V>
  void describe(V& v) {
    v("k", k, 5);
    v.optional("from_sorted_ids", from_sorted_ids);
  }
};

ir::Value values(MetricContext&, ir::Value y_true, ir::Value y_pred, const Config& c) {
  if (!c.from_sorted_ids.value_or(false)) return top_k_hits(y_true, y_pred, c.k);
  // y_pred holds class numbers, best first
  const ir::Value asked = ir::expand_dims(ir::cast(y_true, y_pred.dtype()), -1);
  const ir::Dim size = y_pred.shape().back();
  const bool all = size.is_constant() && size.value() <= c.k;
  const ir::Value first = all ? y_pred : ir::slice_axis(y_pred, -1, 0, c.k);
  return ir::cast(ir::reduce("reduce_any", ir::compare("equal", asked, first), {-1}), DType::float32);
}

constexpr MetricCase cases[] = {
    {R"({"k": 2})", "classes5[4] normal[4,5]"},
    {R"({"k": 2})", "classes5[4] thirds[4,5] weights[4]"},
    {R"({"k": 3})", "classes5[4,2] normal[4,2,5]"},
    {R"({"k": 2, "from_sorted_ids": true})", "classes5[6] classes5[6,4]"},
    {R"({})", "classes7[4] normal[4,7]"},
};

}  // namespace
extern const MetricDef metric_sparse_top_k_categorical_accuracy =
    define_mean<Config, values>({.class_name = "SparseTopKCategoricalAccuracy",
                                 .default_name = "sparse_top_k_categorical_accuracy",
                                 .cases = cases});
}  // namespace keratin
