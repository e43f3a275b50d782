#include "runtime/train/mean.h"

#include "runtime/train/loss.h"

namespace keratin::train {
namespace {

using ir::Value;

ir::Ints axes_from(std::size_t first, Value x) {
  ir::Ints axes;
  for (std::size_t i = first; i < x.rank(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  return axes;
}
Value reduced_from(const char* reduce, Value x, std::size_t first) {
  return x.rank() > first ? ir::reduce(reduce, x, axes_from(first, x)) : x;
}

// tf_keras keeps an element's own weight; it reduces only what the weights can't be broadcast to.
Samples elements_of(MetricContext& cx, Value values, Value weight, const char* reduce) {
  if (cx.mask && weight)
    weight = expand_weights(values, weight) * ir::cast(cx.mask, cx.dtype);
  else if (cx.mask)
    weight = ir::cast(cx.mask, cx.dtype);
  if (!weight) return {values, {}};
  weight = expand_weights(values, weight);
  if (weight.rank() > 0 && weight.rank() != values.rank())
    values = reduced_from(reduce, values, weight.rank());
  weight = ir::broadcast_to(weight, values.shape());
  return {values * weight, weight};
}

}  // namespace

Samples samples_of(MetricContext& cx, Value values, Value weight, const char* reduce) {
  values = ir::cast(values, cx.dtype);
  if (weight) weight = ir::cast(weight, cx.dtype);
  if (!cx.keras3()) return elements_of(cx, values, weight, reduce);
  if (weight) {
    if (cx.mask) {  // Keras 3 forgets it where there are no weights
      auto [mask, matched] = squeeze_or_expand(ir::cast(cx.mask, cx.dtype), weight);
      weight = matched * mask;
    }
    std::tie(values, weight) = squeeze_or_expand(values, weight);
    values = reduced_from(reduce, values, weight.rank());
    const std::size_t rank = weight.rank();
    weight = ir::broadcast_to(weight, values.shape());
    values = values * weight;
    if (rank > 1) weight = reduced_from(reduce, weight, 1);
  }
  return {reduced_from(reduce, values, 1), weight};
}

std::vector<MetricVariable> mean_variables(const MetricContext& cx) {
  return {{"total", {}, cx.dtype}, {"count", {}, cx.dtype}};
}

ir::Values update_mean(MetricContext& cx, const ir::Values& state, Value values, Value sample_weight) {
  const Samples samples = samples_of(cx, values, sample_weight, "reduce_mean");
  const Value count = samples.weights ? sum_of(samples.weights) : element_count(samples.values, cx.dtype);
  return {state[0] + sum_of(samples.values), state[1] + count};
}

Value mean_result(const ir::Values& state) { return divide_no_nan(state[0], state[1]); }

MetricInput mean_input(MetricContext& cx, const MetricInput& input) {
  MetricInput made = input;
  if (!cx.keras3()) {
    std::tie(made.y_true, made.y_pred) =
        match_ranks(ir::cast(input.y_true, cx.dtype), ir::cast(input.y_pred, cx.dtype), cx.flavour);
    return made;
  }
  if (!input.mask) return made;
  Value mask = ir::cast(input.mask, cx.dtype);
  if (input.sample_weight) {
    Value weight = ir::cast(input.sample_weight, cx.dtype);
    std::tie(mask, weight) = squeeze_or_expand(mask, weight);
    made.sample_weight = weight * mask;
  } else {
    made.sample_weight = mask;
  }
  return made;
}

Value loss_function(MetricContext& cx, const char* function, Value y_true, Value y_pred, Json config) {
  const LossDef* def = find_loss_def(function);
  assume(def != nullptr, "a metric asks for a loss that isn't there");
  Json left = config;
  const ConfigPtr made = def->config.read(config, left);
  check_all_read(left, "config");
  LossContext loss{cx.flavour};
  const Value values = call_function(*def, loss, y_true, y_pred, made.get());
  cx.mask = loss.mask;
  return values;
}

}  // namespace keratin::train
