#include "runtime/train/iou.h"

namespace keratin {
namespace {

using namespace train;

struct Config : Overlap {
  Config() { sparse_y_true = false; }

  template <class V>
  void describe(V& v) {
    v("num_classes", num_classes);
    v("target_class_ids", classes);
    v("ignore_class", ignore_class, nullptr);
    v("sparse_y_pred", sparse_y_pred, false);
    v("axis", axis, -1);
  }
};

constexpr MetricCase cases[] = {
    {R"({"num_classes": 3, "target_class_ids": [0, 2]})", "one_hot[8,3] normal[8,3]"},
    {R"({"num_classes": 3, "target_class_ids": [1], "sparse_y_pred": true, "dtype": "float32"})",
     "one_hot[8,3] classes3[8] weights[8]"},
};

}  // namespace
extern const MetricDef metric_one_hot_iou =
    define_overlap<Config>({.class_name = "OneHotIoU", .default_name = "one_hot_io_u", .cases = cases});
}  // namespace keratin
