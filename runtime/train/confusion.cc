#include "runtime/train/confusion.h"

#include <algorithm>
#include <cmath>

#include "runtime/ir/build_nn.h"
#include "runtime/train/vector.h"

namespace keratin::train {
namespace {

using ir::Value;

constexpr double kNever = -1e10;  // Keras' value of predictions that aren't among the top k

// Targets (0 or 1), predictions and weights (null: all 1) of one shape, float32.
struct Labelled {
  Value y_true, y_pred, weight;
};

Value filter_top_k(Value x, std::int64_t k) {
  const Value hot = ir::one_hot(ir::top_k(x, k)[1], x.shape().back(), x.dtype());
  const Value among = ir::sum(hot, {-2});
  return x * among + (1.0 - among) * kNever;
}

Value weights_for(const MetricContext& cx, Value y_true, Value y_pred, Value weight) {
  weight = ir::cast(weight, DType::float32);
  if (!cx.keras3()) return expand_weights(y_pred, weight);
  return squeeze_or_expand(y_true, ir::expand_dims(weight, -1), false).second;
}

Labelled labelled(const MetricContext& cx, const Confusion& confusion, const MetricInput& input) {
  Value y_true = ir::cast(input.y_true, DType::float32), y_pred = ir::cast(input.y_pred, DType::float32);
  if (cx.keras3())
    std::tie(y_pred, y_true) = squeeze_or_expand(y_pred, y_true);
  else
    std::tie(y_true, y_pred) = match_ranks(y_true, y_pred, cx.flavour);
  check_same_shape(y_true, y_pred);
  Value weight = input.sample_weight ? weights_for(cx, y_true, y_pred, input.sample_weight) : Value();
  if (confusion.top_k) y_pred = filter_top_k(y_pred, *confusion.top_k);
  if (confusion.class_id) {
    check(y_pred.rank() > 1, ErrorCode::invalid_argument, "class_id ", *confusion.class_id,
          ": expected predictions of several classes, found ", ir::to_string(y_pred.type()));
    const std::int64_t id = *confusion.class_id;
    y_true = ir::slice_axis(y_true, -1, id, id + 1);
    y_pred = ir::slice_axis(y_pred, -1, id, id + 1);
  }
  if (weight) weight = ir::broadcast_to(weight, y_pred.shape());
  if (confusion.label_weights) {
    const Value labels = ir::broadcast_to(ir::expand_dims(confusion.label_weights, 0), y_pred.shape());
    weight = weight ? weight * labels : labels;
  }
  y_true = ir::cast(ir::compare("not_equal", y_true, ir::constant_like(y_true, 0)), DType::float32);
  return {y_true, y_pred, weight};
}

// (samples, labels), labels being 1 unless each is counted for itself.
Value as_columns(Value x, bool multi_label) {
  return multi_label ? x : ir::reshape(x, {ir::product(x.shape()), ir::Dim(1)});
}

// Positives predicted at each of evenly spread thresholds, of labels that weigh so: sums of the buckets
// above.
Value above_even(const Confusion& confusion, Value y_pred, Value labels) {
  const auto count = static_cast<std::int64_t>(confusion.thresholds.size());
  const bool with_epsilon = confusion.thresholds.front() < 0 || confusion.thresholds.back() > 1;
  // Bucket 0 is for predictions that no threshold is below of
  Value bucket = ir::unary("ceil", clip(y_pred, 0, 1) * static_cast<double>(count - 1));
  if (with_epsilon) bucket = ir::maximum(bucket, ir::constant_like(bucket, 1));
  const std::int64_t columns = y_pred.shape()[1].value();
  Value index = ir::cast(bucket, DType::int32);
  if (columns > 1) {
    const Value column = ir::iota(y_pred.graph(), DType::int32, {ir::Dim(columns)}, 0);
    index = index * static_cast<double>(columns) + column;
  }
  const ir::Dims flat = {ir::product(y_pred.shape())};
  const Value zeros = ir::full(y_pred.graph(), {labels.dtype(), {ir::Dim((count + 1) * columns)}}, 0);
  Value sums = ir::scatter_add(zeros, ir::reshape(index, flat), ir::reshape(labels, flat), 0);
  sums = ir::reshape(sums, {ir::Dim(count + 1), ir::Dim(columns)});
  return ir::cumsum(ir::slice_axis(sums, 0, 1, count + 1), 0, {.reverse = true});
}

// Predicted positive (or not) at each threshold by itself.
Value beside_each(const Confusion& confusion, Value y_pred, Value labels, bool positive) {
  const auto count = static_cast<std::int64_t>(confusion.thresholds.size());
  const Value thresholds = ir::reshape(vector_of(y_pred.graph(), y_pred.dtype(), confusion.thresholds),
                                       {ir::Dim(count), ir::Dim(1), ir::Dim(1)});
  Value hit = ir::compare("greater", ir::expand_dims(y_pred, 0), thresholds);
  if (!positive) hit = ir::unary("logical_not", hit);
  return ir::sum(ir::cast(hit, labels.dtype()) * ir::expand_dims(labels, 0), {1});
}

// Per threshold and label, what labels (0 or their weight) are predicted positive, or not.
Value counted(const Confusion& confusion, Value y_pred, Value labels, bool positive) {
  y_pred = as_columns(y_pred, confusion.multi_label);
  labels = as_columns(labels, confusion.multi_label);
  Value made = confusion.even ? above_even(confusion, y_pred, labels)
                              : beside_each(confusion, y_pred, labels, positive);
  if (confusion.even && !positive) made = ir::sum(labels, {0}, ir::Keep::yes) - made;
  return confusion.multi_label ? made : ir::squeeze(made, -1);
}

}  // namespace

const char* name_of(Count count) {
  constexpr const char* names[] = {"true_positives", "false_positives", "true_negatives", "false_negatives"};
  return names[static_cast<int>(count)];
}

bool are_even(const std::vector<double>& thresholds) {
  if (thresholds.size() < 3) return false;
  for (std::size_t i = 0; i < thresholds.size(); ++i) {
    const double even = static_cast<float>(i) / static_cast<float>(thresholds.size() - 1);
    if (std::fabs(thresholds[i] - even) > kEpsilon + 1e-5 * even) return false;
  }
  return true;
}

Confusion confusion_at(const Json& thresholds, double fallback) {
  Confusion made{{fallback}};
  if (!thresholds.is_null()) made.thresholds = numbers_of(thresholds);
  check(!made.thresholds.empty(), ErrorCode::corrupt_file, "thresholds []: expected at least one");
  for (double threshold : made.thresholds)
    check(thresholds.is_null() || (threshold >= 0 && threshold <= 1), ErrorCode::corrupt_file, "threshold ",
          threshold, ": expected 0 … 1");
  made.even = are_even(made.thresholds);
  return made;
}

Confusion evenly_spread(std::int64_t count) {
  check(count > 0 && count < (1 << 24), ErrorCode::corrupt_file, "num_thresholds ", count,
        ": expected a positive integer");
  if (count == 1) return {{0.5}};
  Confusion made;
  for (std::int64_t i = 0; i < count; ++i)
    made.thresholds.push_back(static_cast<double>(i) / static_cast<double>(count - 1));
  made.even = true;
  return made;
}

ir::Values count_batch(const MetricContext& cx, const Confusion& confusion, const MetricInput& input,
                       std::span<const Count> counts) {
  const Labelled batch = labelled(cx, confusion, input);
  auto weighted = [&](Value x) { return batch.weight ? x * batch.weight : x; };
  const Value truly = weighted(batch.y_true), falsely = weighted(1.0 - batch.y_true);
  ir::Values made;
  for (Count count : counts) {
    const bool of_true = count == Count::true_positives || count == Count::false_negatives;
    const bool positive = count == Count::true_positives || count == Count::false_positives;
    made.push_back(counted(confusion, batch.y_pred, of_true ? truly : falsely, positive));
  }
  return made;
}

ir::Values update_counts(const MetricContext& cx, const Confusion& confusion, const ir::Values& state,
                         const MetricInput& input, std::span<const Count> counts) {
  ir::Values made = count_batch(cx, confusion, input, counts);
  for (std::size_t i = 0; i < made.size(); ++i) made[i] = state[i] + made[i];
  return made;
}

std::vector<MetricVariable> count_variables(const Confusion& confusion, std::span<const Count> counts) {
  std::vector<MetricVariable> made;
  const auto size = static_cast<std::int64_t>(confusion.thresholds.size());
  for (Count count : counts) made.push_back({name_of(count), {size}, DType::float32});
  return made;
}

Value per_threshold(Value x) { return x.shape() == ir::Dims{ir::Dim(1)} ? ir::reshape(x, {}) : x; }

Value share(Value a, Value b) { return divide_no_nan(a, a + b); }

}  // namespace keratin::train
