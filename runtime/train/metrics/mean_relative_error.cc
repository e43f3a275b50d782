#include "runtime/train/mean.h"
#include "runtime/train/vector.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  Json normalizer;  // numbers, as many as the last axis has

  template <class V>
  void describe(V& v) {
    v("normalizer", normalizer);
  }
};

ir::Value values(MetricContext& cx, ir::Value y_true, ir::Value y_pred, const Config& c) {
  const ir::Value normalizer = vector_of(y_pred.graph(), cx.dtype, c.normalizer);
  return divide_no_nan(ir::unary("abs", y_true - y_pred), normalizer);
}

constexpr MetricCase cases[] = {
    {R"({"normalizer": [1.0, 3.0, 2.0]})", "normal[4,3] normal[4,3]"},
    {R"({"normalizer": [1.0, 0.0, 2.0]})", "normal[4,3] normal[4,3] weights[4]"},
};

}  // namespace
extern const MetricDef metric_mean_relative_error = define_mean<Config, values>(
    {.class_name = "MeanRelativeError", .default_name = "mean_relative_error", .cases = cases});
}  // namespace keratin
