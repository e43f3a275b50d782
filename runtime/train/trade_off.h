// Metrics of two rates that pull against each other: the best of one where the other is at least a value.
#pragma once

#include "runtime/train/precision_recall.h"

namespace keratin::train {

// The four counts of a state, in whatever order the flavour keeps them.
struct Counts {
  ir::Value true_positives, false_positives, true_negatives, false_negatives;
  ir::Value recall() const { return share(true_positives, false_negatives); }  // and sensitivity
  ir::Value precision() const { return share(true_positives, false_positives); }
  ir::Value specificity() const { return share(true_negatives, false_positives); }
};
std::span<const Count> all_counts(Flavour flavour);
Counts counts_of(Flavour flavour, const ir::Values& state);

using Rate = ir::Value (Counts::*)() const;

// key: "specificity" of SensitivityAtSpecificity.
template <const char* key>
struct TradeOffConfig {
  std::int64_t num_thresholds;
  keras::Number value;
  Json class_id;

  template <class V>
  void describe(V& v) {
    v("num_thresholds", num_thresholds, 200);
    v(key, value);
    v("class_id", class_id, nullptr);
  }
  Confusion confusion() const {
    check(value.value >= 0 && value.value <= 1, ErrorCode::corrupt_file, key, " ", value.value,
          ": expected 0 … 1");
    Confusion made = evenly_spread(num_thresholds);
    made.class_id = integer_or_none(class_id);
    return made;
  }
};

ir::Value best_where(ir::Value rate, ir::Value other, double least);

template <const char* key, Rate rate, Rate other>
struct TradeOff {
  using Config = TradeOffConfig<key>;
  static std::vector<MetricVariable> variables(const MetricContext& cx, const Config& c, const ir::Type&) {
    return count_variables(c.confusion(), all_counts(cx.flavour));
  }
  static ir::Values update(MetricContext& cx, const Config& c, const ir::Values& state,
                           const MetricInput& input) {
    return update_counts(cx, c.confusion(), state, input, all_counts(cx.flavour));
  }
  static ir::Value result(const MetricContext& cx, const Config& c, const ir::Values& state) {
    const Counts counts = counts_of(cx.flavour, state);
    return best_where((counts.*rate)(), (counts.*other)(), c.value.value);
  }
};
template <const char* key, Rate rate, Rate other>
constexpr MetricDef define_trade_off(MetricDef def) {
  using Of = TradeOff<key, rate, other>;
  return define_metric<typename Of::Config, Of::variables, Of::update, Of::result>(def);
}

}  // namespace keratin::train
