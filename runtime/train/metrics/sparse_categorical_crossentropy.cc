#include "runtime/train/mean.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  bool from_logits;
  Json ignore_class;
  std::int64_t axis;

  template <class V>
  void describe(V& v) {
    v("from_logits", from_logits, false);
    v("ignore_class", ignore_class, nullptr);
    v("axis", axis, -1);
  }
};

ir::Value values(MetricContext& cx, ir::Value y_true, ir::Value y_pred, const Config& c) {
  Json config;
  config["from_logits"] = c.from_logits;
  config["ignore_class"] = c.ignore_class;
  config["axis"] = c.axis;
  return loss_function(cx, "sparse_categorical_crossentropy", y_true, y_pred, std::move(config));
}

constexpr MetricCase cases[] = {
    {R"({})", "classes3[4] distribution[4,3]"},
    {R"({})", "classes3[4,1] distribution[4,3] weights[4]"},
    {R"({"from_logits": true})", "classes3[4,5] normal[4,5,3] weights[4,5]"},
    {R"({"ignore_class": 1})", "classes3[4,5] distribution[4,5,3]"},
    {R"({"ignore_class": -1, "from_logits": true})", "voids3[4,5] normal[4,5,3] weights[4,5]"},
    {R"({})", "classes3[4] softmax[4,3]"},
};

}  // namespace
extern const MetricDef metric_sparse_categorical_crossentropy =
    define_mean<Config, values>({.class_name = "SparseCategoricalCrossentropy",
                                 .default_name = "sparse_categorical_crossentropy",
                                 .cases = cases});
}  // namespace keratin
