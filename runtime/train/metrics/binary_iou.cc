#include "runtime/train/iou.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  std::vector<std::int64_t> target_class_ids;
  keras::Number threshold;

  template <class V>
  void describe(V& v) {
    v("target_class_ids", target_class_ids, Json::Array{0, 1});
    v("threshold", threshold, 0.5);
  }
  Overlap overlap() const { return {.classes = target_class_ids, .threshold = threshold.value}; }
};

constexpr MetricCase cases[] = {
    {R"({})", "bits[8] probabilities[8]"},
    {R"({"target_class_ids": [1], "threshold": 0.3, "dtype": "float32"})",
     "bits[4,5] probabilities[4,5] weights[4,5]"},
};

}  // namespace
extern const MetricDef metric_binary_iou =
    define_overlap<Config>({.class_name = "BinaryIoU", .default_name = "binary_io_u", .cases = cases});
}  // namespace keratin
