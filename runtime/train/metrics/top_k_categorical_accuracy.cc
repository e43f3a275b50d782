#include "runtime/ir/build_nn.h"
#include "runtime/train/hits.h"
#include "runtime/train/mean.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  std::int64_t k;

  template <class V>
  void describe(V& v) {
    v("k", k, 5);
  }
};

ir::Value values(MetricContext&, ir::Value y_true, ir::Value y_pred, const Config& c) {
  return top_k_hits(ir::argmax(y_true, -1), y_pred, c.k);
}

constexpr MetricCase cases[] = {
    {R"({"k": 2})", "one_hot[4,5] normal[4,5]"},
    {R"({"k": 2})", "one_hot[4,5] thirds[4,5] weights[4]"},
    {R"({"k": 3})", "one_hot[4,2,5] normal[4,2,5]"},
    {R"({})", "one_hot[4,7] normal[4,7]"},
};

}  // namespace
extern const MetricDef metric_top_k_categorical_accuracy = define_mean<Config, values>(
    {.class_name = "TopKCategoricalAccuracy", .default_name = "top_k_categorical_accuracy", .cases = cases});
}  // namespace keratin
