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

ir::Value standardized(ir::Value x, std::int64_t axis) {
  const ir::Value centred = x - ir::mean(x, {axis}, ir::Keep::yes);
  return centred / ir::sqrt(variance(centred, axis));
}

ir::Value values(MetricContext&, ir::Value y_true, ir::Value y_pred, const Config& c) {
  std::tie(y_true, y_pred) = squeeze_or_expand(ir::cast(y_true, y_pred.dtype()), y_pred);
  return ir::mean(standardized(y_true, c.axis) * standardized(y_pred, c.axis), {c.axis});
}

constexpr MetricCase cases[] = {
    {R"({})", "rising[4,5] rising[4,5]"},
    {R"({"axis": 0})", "normal[4,5] normal[4,5]"},
    {R"({})", "rising[4,5] rising[4,5] weights[4]"},
};

}  // namespace
extern const MetricDef metric_pearson_correlation = define_mean<Config, values>(
    {.class_name = "PearsonCorrelation", .default_name = "pearson_correlation", .cases = cases});
}  // namespace keratin
