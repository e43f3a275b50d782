#include "runtime/train/trade_off.h"

namespace keratin::train {

std::span<const Count> all_counts(Flavour flavour) {
  static constexpr Count keras3[] = {Count::true_positives, Count::false_positives, Count::true_negatives,
                                     Count::false_negatives};
  static constexpr Count tf_keras[] = {Count::true_positives, Count::true_negatives, Count::false_positives,
                                       Count::false_negatives};
  return flavour == Flavour::keras3 ? keras3 : tf_keras;
}

Counts counts_of(Flavour flavour, const ir::Values& state) {
  return flavour == Flavour::keras3 ? Counts{state[0], state[1], state[2], state[3]}
                                    : Counts{state[0], state[2], state[1], state[3]};
}

ir::Value best_where(ir::Value rate, ir::Value other, double least) {
  const ir::Value allowed = ir::compare("greater_equal", other, ir::constant_like(other, least));
  return ir::reduce("reduce_max", ir::select(allowed, rate, ir::constant_like(rate, 0)), {0});
}

}  // namespace keratin::train
