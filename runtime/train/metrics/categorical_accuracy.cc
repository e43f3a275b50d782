#include "runtime/ir/build_nn.h"
#include "runtime/train/hits.h"
#include "runtime/train/mean.h"

namespace keratin {
namespace {

using namespace train;

ir::Value values(MetricContext&, ir::Value y_true, ir::Value y_pred, const NoConfig&) {
  return class_hits(ir::argmax(y_true, -1), y_pred);
}

constexpr MetricCase cases[] = {
    {R"({})", "one_hot[4,3] normal[4,3]"},
    {R"({})", "one_hot[4,3] thirds[4,3] weights[4]"},
    {R"({})", "one_hot[4,5,3] normal[4,5,3] weights[4,5]"},
    {R"({})", "one_hot[4,5,3] normal[4,5,3] mask[4,5]"},
};

}  // namespace
extern const MetricDef metric_categorical_accuracy = define_mean<NoConfig, values>(
    {.class_name = "CategoricalAccuracy", .default_name = "categorical_accuracy", .cases = cases});
}  // namespace keratin
