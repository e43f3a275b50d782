#include "runtime/train/mean.h"
#include "runtime/train/variance.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  std::int64_t axis;

  template <class V>
  void describe(V& v) {
    v("axis", axis, -1);
  }
};

ir::Value values(MetricContext&, ir::Value y_true, ir::Value y_pred, const Config& c) {
  std::tie(y_true, y_pred) = squeeze_or_expand(ir::cast(y_true, y_pred.dtype()), y_pred);
  const ir::Value mean_true = ir::mean(y_true, {c.axis}, ir::Keep::yes);
  const ir::Value mean_pred = ir::mean(y_pred, {c.axis}, ir::Keep::yes);
  const ir::Value spread = variance(y_true, c.axis) + variance(y_pred, c.axis);
  // Keras takes the mean of y_pred from both
  const ir::Value together = (y_true - mean_pred) * (y_pred - mean_pred);
  return ir::mean(together * 2.0 / (spread + ir::square(mean_true - mean_pred) + kEpsilon), {c.axis});
}

constexpr MetricCase cases[] = {
    {R"({})", "rising[4,5] rising[4,5]"},
    {R"({"axis": 0})", "normal[4,5] normal[4,5]"},
    {R"({})", "rising[4,5] rising[4,5] weights[4]"},
};

}  // namespace
extern const MetricDef metric_concordance_correlation = define_mean<Config, values>(
    {.class_name = "ConcordanceCorrelation", .default_name = "concordance_correlation", .cases = cases});
}  // namespace keratin
