// Precision and Recall: the share of true positives in those and another count.
#pragma once

#include "runtime/train/confusion.h"

namespace keratin::train {

struct PrecisionRecallConfig {
  Json thresholds;
  Json top_k, class_id;  // integers or null

  template <class V>
  void describe(V& v) {
    v("thresholds", thresholds, nullptr);
    v("top_k", top_k, nullptr);
    v("class_id", class_id, nullptr);
  }
};

Confusion confusion_of(const PrecisionRecallConfig& c);
std::optional<std::int64_t> integer_or_none(const Json& json);

template <Count other>
struct TrueShare {
  static constexpr Count counts[] = {Count::true_positives, other};
  static std::vector<MetricVariable> variables(const MetricContext&, const PrecisionRecallConfig& c,
                                               const ir::Type&) {
    return count_variables(confusion_of(c), counts);
  }
  static ir::Values update(MetricContext& cx, const PrecisionRecallConfig& c, const ir::Values& state,
                           const MetricInput& input) {
    return update_counts(cx, confusion_of(c), state, input, counts);
  }
  static ir::Value result(const MetricContext&, const PrecisionRecallConfig&, const ir::Values& state) {
    return per_threshold(share(state[0], state[1]));
  }
};
template <Count other>
constexpr MetricDef define_true_share(MetricDef def) {
  using Of = TrueShare<other>;
  return define_metric<PrecisionRecallConfig, Of::variables, Of::update, Of::result>(def);
}

}  // namespace keratin::train
