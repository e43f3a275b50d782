// The metrics that are one of the four counts: FalsePositives and the others.
#pragma once

#include "runtime/train/confusion.h"

namespace keratin::train {

struct CountingConfig {
  Json thresholds;

  template <class V>
  void describe(V& v) {
    v("thresholds", thresholds, nullptr);
  }
};

template <Count count>
struct Counting {
  static constexpr Count counts[] = {count};
  static std::vector<MetricVariable> variables(const MetricContext&, const CountingConfig& c,
                                               const ir::Type&) {
    const auto size = static_cast<std::int64_t>(confusion_at(c.thresholds, 0.5).thresholds.size());
    return {{"accumulator", {size}, DType::float32}};
  }
  static ir::Values update(MetricContext& cx, const CountingConfig& c, const ir::Values& state,
                           const MetricInput& input) {
    return update_counts(cx, confusion_at(c.thresholds, 0.5), state, input, counts);
  }
  static ir::Value result(const MetricContext&, const CountingConfig&, const ir::Values& state) {
    return per_threshold(state[0]);
  }
};
template <Count count>
constexpr MetricDef define_counting(MetricDef def) {
  using Of = Counting<count>;
  return define_metric<CountingConfig, Of::variables, Of::update, Of::result>(def);
}

}  // namespace keratin::train
