#include "runtime/train/mean.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  keras::Number threshold;

  template <class V>
  void describe(V& v) {
    v("threshold", threshold, 0.5);
  }
};

ir::Value values(MetricContext& cx, ir::Value y_true, ir::Value y_pred, const Config& c) {
  if (cx.keras3()) std::tie(y_true, y_pred) = squeeze_or_expand(y_true, y_pred);
  const ir::Value over = ir::compare("greater", y_pred, ir::constant_like(y_pred, c.threshold.value));
  const ir::Value hits =
      ir::cast(ir::compare("equal", y_true, ir::cast(over, y_true.dtype())), DType::float32);
  // The function of tf_keras, which "accuracy" stands for, isn't what its class uses
  return cx.is_function && !cx.keras3() ? mean_of_last(hits) : hits;
}

constexpr MetricCase cases[] = {
    {R"({})", "bits[4,3] probabilities[4,3]"},
    {R"({"threshold": 0.3})", "bits[4,3] probabilities[4,3] weights[4]"},
    {R"({})", "bits[4] probabilities[4,1] weights[4]"},
    {R"({})", "bits[4,5,1] probabilities[4,5,1] weights[4,5]"},
    {R"({"threshold": 0})", "bits[4,3] normal[4,3]"},
};

}  // namespace
extern const MetricDef metric_binary_accuracy = define_mean<Config, values>(
    {.class_name = "BinaryAccuracy", .default_name = "binary_accuracy", .cases = cases});
}  // namespace keratin
