#include "runtime/train/iou.h"

namespace keratin {
namespace {

using namespace train;

struct Config : Overlap {
  template <class V>
  void describe(V& v) {
    v("num_classes", num_classes);
    v("target_class_ids", classes);
    v("ignore_class", ignore_class, nullptr);
    v("sparse_y_true", sparse_y_true, true);
    v("sparse_y_pred", sparse_y_pred, true);
    v("axis", axis, -1);
  }
};

constexpr MetricCase cases[] = {
    {R"({"num_classes": 3, "target_class_ids": [0, 2]})", "classes3[8] classes3[8]"},
    {R"({"num_classes": 3, "target_class_ids": [1], "dtype": "float32"})",
     "classes3[4,5] classes3[4,5] weights[4,5]"},
    {R"({"num_classes": 3, "target_class_ids": [0, 1], "sparse_y_true": false, "sparse_y_pred": false, "axis": -1})",
     "one_hot[8,3] normal[8,3]"},
    {R"({"num_classes": 4, "target_class_ids": [1, 3], "ignore_class": 2})", "classes3[8] classes3[8]"},
};

}  // namespace
extern const MetricDef metric_iou =
    define_overlap<Config>({.class_name = "IoU", .default_name = "io_u", .cases = cases});
}  // namespace keratin
