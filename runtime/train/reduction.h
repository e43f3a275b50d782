// What losses and metrics share: whose rules hold, how ranks are matched, how sample weights and masks weigh
// values, and how those become one number.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "runtime/ir/build.h"

namespace keratin::train {

// The two families of files differ in ranks, in epsilons and in what a mask weighs.
enum class Flavour { keras3, tf_keras };

// Keras 3: ranks that differ by one are made equal where a last axis of 1 can be dropped or added.
std::pair<ir::Value, ir::Value> squeeze_or_expand(ir::Value a, ir::Value b, bool expand_rank_1 = true);
// The targets and predictions of a loss object before its function sees them.
std::pair<ir::Value, ir::Value> match_ranks(ir::Value y_true, ir::Value y_pred, Flavour flavour);
// What compile() of tf_keras does before its losses and metrics: targets and weights of rank 1 get the last
// axis that predictions of rank 2 have. Nothing in Keras 3. sample_weight may be null.
struct Compared {
  ir::Value y_true, y_pred, sample_weight;
};
Compared match_compiled(const Compared& given, Flavour flavour);
// tf_keras drops the last axis of weights that have one more than values, and adds it to those that have one
// less.
ir::Value expand_weights(ir::Value values, ir::Value sample_weight);

// Sum, mean and the like of per-sample values; sample_weight and mask (bool) may be null.
// reduction: "sum_over_batch_size", "mean", "sum", "none", "mean_with_sample_weight", "auto".
ir::Value reduce_loss(ir::Value values, ir::Value sample_weight, ir::Value mask, const std::string& reduction,
                      Flavour flavour);
// Throws Error{corrupt_file} for any other name.
void check_reduction(const std::string& reduction);

// How many elements x has, as a scalar.
ir::Value element_count(ir::Value x, DType dtype);
ir::Value sum_of(ir::Value x);        // over all axes
ir::Value mean_of_last(ir::Value x);  // over the last axis
ir::Value divide_no_nan(ir::Value a, ir::Value b);
ir::Value clip(ir::Value x, double low, double high);
// Throws Error{invalid_argument} unless both have the same rank and no axis of different sizes.
void check_same_shape(ir::Value y_true, ir::Value y_pred);
ir::Ints all_axes(ir::Value x);

// What every epsilon of Keras is, unless told otherwise.
inline constexpr double kEpsilon = 1e-7;

}  // namespace keratin::train
