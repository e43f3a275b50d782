// Counts of true and false positives and negatives at thresholds: what Precision, Recall, AUC and their like
// keep.
#pragma once

#include "runtime/train/metric.h"

namespace keratin::train {

enum class Count { true_positives, false_positives, true_negatives, false_negatives };
const char* name_of(Count count);

struct Confusion {
  std::vector<double> thresholds;
  bool even = false;  // spread evenly over 0 … 1: counted in buckets
  std::optional<std::int64_t> top_k = {}, class_id = {};
  bool multi_label = false;  // a column of counts per label
  ir::Value label_weights = {};
};

// The thresholds of a config: a number, a list, or null for fallback. Throws Error{corrupt_file} outside of 0
// … 1.
Confusion confusion_at(const Json& thresholds, double fallback);
// count thresholds from 0 to 1; one alone is 0.5.
Confusion evenly_spread(std::int64_t count);
bool are_even(const std::vector<double>& thresholds);

// What this batch adds to each count: one number per threshold (and label). float32.
ir::Values count_batch(const MetricContext& cx, const Confusion& confusion, const MetricInput& input,
                       std::span<const Count> counts);
// state plus those.
ir::Values update_counts(const MetricContext& cx, const Confusion& confusion, const ir::Values& state,
                         const MetricInput& input, std::span<const Count> counts);
std::vector<MetricVariable> count_variables(const Confusion& confusion, std::span<const Count> counts);
// The single threshold's element, or all.
ir::Value per_threshold(ir::Value x);
// a / (a + b), 0 where there is nothing.
ir::Value share(ir::Value a, ir::Value b);

}  // namespace keratin::train
