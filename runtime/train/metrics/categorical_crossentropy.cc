#include "runtime/train/mean.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  bool from_logits;
  keras::Number label_smoothing;
  std::int64_t axis;

  template <class V>
  void describe(V& v) {
    v("from_logits", from_logits, false);
    v("label_smoothing", label_smoothing, 0);
    v("axis", axis, -1);
  }
};

ir::Value values(MetricContext& cx, ir::Value y_true, ir::Value y_pred, const Config& c) {
  Json config;
  config["from_logits"] = c.from_logits;
  config["label_smoothing"] = c.label_smoothing.value;
  config["axis"] = c.axis;
  return loss_function(cx, "categorical_crossentropy", y_true, y_pred, std::move(config));
}

constexpr MetricCase cases[] = {
    {R"({})", "one_hot[4,3] distribution[4,3]"},
    {R"({"from_logits": true, "label_smoothing": 0.1})", "one_hot[4,3] normal[4,3] weights[4]"},
    {R"({})", "one_hot[4,3] softmax[4,3]"},
    {R"({"axis": 1})", "one_hot[4,5,3] probabilities[4,5,3] weights[4]"},
};

}  // namespace
extern const MetricDef metric_categorical_crossentropy = define_mean<Config, values>(
    {.class_name = "CategoricalCrossentropy", .default_name = "categorical_crossentropy", .cases = cases});
}  // namespace keratin
