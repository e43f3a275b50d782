#include "runtime/train/reduction.h"

#include "runtime/core/error.h"

namespace keratin::train {
namespace {

using ir::Value;

bool ends_in_one(Value x) { return x.rank() > 0 && x.shape().back() == ir::Dim(1); }

// tf_keras: whichever has one axis more loses a last axis of 1.
std::pair<Value, Value> squeeze_longer(Value a, Value b) {
  if (a.rank() == b.rank() + 1 && ends_in_one(a))
    a = ir::squeeze(a, -1);
  else if (b.rank() == a.rank() + 1 && ends_in_one(b))
    b = ir::squeeze(b, -1);
  return {a, b};
}

// A mask as weights. Where the mean is taken over all elements, those left weigh total / valid.
Value mask_weights(Value mask, const std::string& reduction, DType dtype, Flavour flavour) {
  const Value ones = ir::cast(mask, dtype);
  const bool keras3 = flavour == Flavour::keras3;
  const bool rescales = reduction == "sum_over_batch_size" || reduction == (keras3 ? "mean" : "auto");
  if (!rescales) return ones;
  const Value total = element_count(mask, dtype), valid = sum_of(ones);
  return ones * (keras3 ? divide_no_nan(total, valid) : total / valid);
}

}  // namespace

ir::Ints all_axes(Value x) {
  ir::Ints axes;
  for (std::size_t i = 0; i < x.rank(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  return axes;
}
Value sum_of(Value x) { return x.rank() == 0 ? x : ir::sum(x, all_axes(x)); }
Value mean_of_last(Value x) { return ir::mean(x, {-1}); }
Value divide_no_nan(Value a, Value b) { return ir::binary("divide_no_nan", a, b); }
Value clip(Value x, double low, double high) {
  return ir::minimum(ir::maximum(x, ir::constant_like(x, low)), ir::constant_like(x, high));
}
Value element_count(Value x, DType dtype) {
  const ir::Dim count = ir::product(x.shape());
  if (count.is_constant()) return ir::constant(x.graph(), dtype, static_cast<double>(count.value()));
  return ir::cast(ir::dimension(x.graph(), count, DType::int64), dtype);
}

void check_same_shape(Value y_true, Value y_pred) {
  bool same = y_true.rank() == y_pred.rank();
  for (std::size_t i = 0; same && i < y_true.rank(); ++i) {
    const ir::Dim &a = y_true.shape()[i], &b = y_pred.shape()[i];
    same = a == b || !a.is_constant() || !b.is_constant();
  }
  check(same, ErrorCode::invalid_argument, "targets of shape ", ir::to_string(y_true.shape()),
        " for predictions of shape ", ir::to_string(y_pred.shape()), ": expected the same shape");
}

std::pair<Value, Value> squeeze_or_expand(Value a, Value b, bool expand_rank_1) {
  if (a.rank() == b.rank() + 1 && ends_in_one(a)) {
    if (b.rank() == 1 && expand_rank_1) return {a, ir::expand_dims(b, -1)};
    return {ir::squeeze(a, -1), b};
  }
  if (b.rank() == a.rank() + 1 && ends_in_one(b)) {
    if (a.rank() == 1 && expand_rank_1) return {ir::expand_dims(a, -1), b};
    return {a, ir::squeeze(b, -1)};
  }
  return {a, b};
}

std::pair<Value, Value> match_ranks(Value y_true, Value y_pred, Flavour flavour) {
  return flavour == Flavour::keras3 ? squeeze_or_expand(y_true, y_pred) : squeeze_longer(y_true, y_pred);
}

Compared match_compiled(const Compared& given, Flavour flavour) {
  Compared made = given;
  if (flavour == Flavour::keras3 || made.y_pred.rank() != 2) return made;
  if (made.y_true.rank() == 1) made.y_true = ir::expand_dims(made.y_true, -1);
  if (made.sample_weight && made.sample_weight.rank() == 1)
    made.sample_weight = ir::expand_dims(made.sample_weight, -1);
  return made;
}

Value expand_weights(Value values, Value sample_weight) {
  if (sample_weight.rank() == 0) return sample_weight;
  if (sample_weight.rank() == values.rank() + 1) return ir::squeeze(sample_weight, -1);
  if (sample_weight.rank() + 1 == values.rank()) return ir::expand_dims(sample_weight, -1);
  return sample_weight;
}

void check_reduction(const std::string& reduction) {
  for (const char* known : {"sum_over_batch_size", "mean", "sum", "none", "mean_with_sample_weight", "auto"})
    if (reduction == known) return;
  fail(ErrorCode::corrupt_file, "reduction \"", reduction, "\" is not known; expected sum_over_batch_size, ",
       "mean, sum, none, mean_with_sample_weight or auto");
}

Value reduce_loss(Value values, Value sample_weight, Value mask, const std::string& reduction,
                  Flavour flavour) {
  check_reduction(reduction);
  const bool keras3 = flavour == Flavour::keras3;
  Value weight = sample_weight ? ir::cast(sample_weight, values.dtype()) : Value();
  if (mask) {
    Value of_mask = mask_weights(mask, reduction, values.dtype(), flavour);
    if (weight && keras3)
      std::tie(of_mask, weight) = squeeze_or_expand(of_mask, weight);
    else if (weight)
      weight = expand_weights(of_mask, weight);
    weight = weight ? weight * of_mask : of_mask;
  }
  if (weight && keras3)
    std::tie(values, weight) = squeeze_or_expand(values, weight);
  else if (weight)
    weight = expand_weights(values, weight);
  if (weight) values = values * weight;
  if (reduction == "none" || values.rank() == 0) return values;
  const Value total = sum_of(values);
  if (reduction == "sum") return total;
  const bool by_weight = reduction == "mean_with_sample_weight" && weight;
  return divide_no_nan(total, by_weight ? sum_of(weight) : element_count(values, total.dtype()));
}

}  // namespace keratin::train
