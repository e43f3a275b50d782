#include "runtime/train/iou.h"

namespace keratin {
namespace {

using namespace train;

struct Config : Overlap {
  template <class V>
  void describe(V& v) {
    v("num_classes", num_classes);
    v("ignore_class", ignore_class, nullptr);
    v("sparse_y_true", sparse_y_true, true);
    v("sparse_y_pred", sparse_y_pred, true);
    v("axis", axis, -1);
  }
};

constexpr MetricCase cases[] = {
    {R"({"num_classes": 3})", "classes3[8] classes3[8]"},
    {R"({"num_classes": 4, "dtype": "float32"})", "classes3[8] classes3[8] weights[8]"},
    {R"({"num_classes": 3, "ignore_class": -1})", "voids3[8] classes3[8]"},
    {R"({"num_classes": 3, "sparse_y_pred": false})", "classes3[8] normal[8,3]"},
};

}  // namespace
extern const MetricDef metric_mean_iou =
    define_overlap<Config>({.class_name = "MeanIoU", .default_name = "mean_io_u", .cases = cases});
}  // namespace keratin
