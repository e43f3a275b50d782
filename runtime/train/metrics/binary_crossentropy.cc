#include "runtime/train/mean.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  bool from_logits;
  keras::Number label_smoothing;

  template <class V>
  void describe(V& v) {
    v("from_logits", from_logits, false);
    v("label_smoothing", label_smoothing, 0);
  }
};

ir::Value values(MetricContext& cx, ir::Value y_true, ir::Value y_pred, const Config& c) {
  Json config;
  config["from_logits"] = c.from_logits;
  config["label_smoothing"] = c.label_smoothing.value;
  return loss_function(cx, "binary_crossentropy", y_true, y_pred, std::move(config));
}

constexpr const char* aliases[] = {"bce", "BCE"};
constexpr MetricCase cases[] = {
    {R"({})", "bits[4,3] probabilities[4,3]"},
    {R"({})", "bits[4,1] probabilities[4,1] weights[4]"},
    {R"({"from_logits": true, "label_smoothing": 0.1})", "bits[4,3] normal[4,3] weights[4]"},
    {R"({})", "bits[4,3] sigmoid[4,3]"},
};

}  // namespace
extern const MetricDef metric_binary_crossentropy =
    define_mean<Config, values>({.class_name = "BinaryCrossentropy",
                                 .default_name = "binary_crossentropy",
                                 .aliases = aliases,
                                 .cases = cases});
}  // namespace keratin
