#include "runtime/train/mean.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  std::optional<std::int64_t> axis;  // Keras 3 forgets it when it saves

  template <class V>
  void describe(V& v) {
    v.optional("axis", axis);
  }
};

ir::Value values(MetricContext& cx, ir::Value y_true, ir::Value y_pred, const Config& c) {
  Json config;
  config["axis"] = c.axis.value_or(-1);
  return -loss_function(cx, "cosine_similarity", y_true, y_pred, std::move(config));
}

constexpr const char* aliases[] = {"cosine_proximity", "cosine"};
constexpr MetricCase cases[] = {
    {R"({})", "positive[4,3] positive[4,3]"},
    {R"({})", "positive[4,3] positive[4,3] weights[4]"},
    {R"({})", "positive[4,5,3] positive[4,5,3] weights[4,5]"},
    {R"({"axis": 1})", "positive[4,5,3] positive[4,5,3]"},
};

}  // namespace
extern const MetricDef metric_cosine_similarity =
    define_mean<Config, values>({.class_name = "CosineSimilarity",
                                 .default_name = "cosine_similarity",
                                 .aliases = aliases,
                                 .cases = cases});
}  // namespace keratin
