#include "runtime/train/cross_entropy.h"

#include "runtime/ir/build_nn.h"

namespace keratin::train {
namespace {

using ir::Value;

// TensorFlow's gradient is softmax(logits) - y_true, whatever y_true sums up to: what it sums up to beyond 1
// counts in the value alone.
Value of_logits(Value y_true, Value logits, std::int64_t axis) {
  const Value top = ir::unary("stop_gradient", ir::reduce("reduce_max", logits, {axis}, ir::Keep::yes));
  const Value shifted = logits - top;
  const Value total = ir::log(ir::sum(ir::exp(shifted), {axis}));
  const Value beyond = ir::unary("stop_gradient", (ir::sum(y_true, {axis}) - 1.0) * total);
  return total - ir::sum(y_true * shifted, {axis}) + beyond;
}

// max(x, 0) - x y + log(1 + exp(-|x|)), in selects: their gradients add up to sigmoid(x) - y at 0, too.
Value bits_of_logits(Value y_true, Value logits) {
  const Value zero = ir::constant_like(logits, 0), positive = ir::compare("greater_equal", logits, zero);
  const Value small = ir::exp(ir::select(positive, -logits, logits));
  return ir::select(positive, logits, zero) - logits * y_true + ir::unary("log1p", small);
}

}  // namespace

Logits logits_of(Value y_pred, bool from_logits) {
  const ir::Node& node = *y_pred.node;
  if (ir::is(node, "sigmoid")) return {node.inputs[0], true};
  // Over several axes Keras has no softmax op
  if (ir::is(node, "softmax") && node.get<ir::Ints>("axis").size() == 1) return {node.inputs[0], true};
  return {y_pred, from_logits};
}

Value normalized_probabilities(Value y_pred, std::int64_t axis) {
  return clip(y_pred / ir::sum(y_pred, {axis}, ir::Keep::yes), kEpsilon, 1 - kEpsilon);
}

Value categorical_cross_entropy(Value y_true, Value y_pred, bool from_logits, std::int64_t axis) {
  check_same_shape(y_true, y_pred);
  const Logits prediction = logits_of(y_pred, from_logits);
  if (prediction.from_logits) return of_logits(y_true, prediction.value, axis);
  return -ir::sum(y_true * ir::log(normalized_probabilities(y_pred, axis)), {axis});
}

Value binary_cross_entropy(LossContext& cx, Value y_true, Value y_pred, bool from_logits) {
  if (cx.keras3()) check_same_shape(y_true, y_pred);
  const Logits prediction = logits_of(y_pred, from_logits);
  if (prediction.from_logits) return bits_of_logits(y_true, prediction.value);
  const Value p = clip(y_pred, kEpsilon, 1 - kEpsilon);
  const double more = cx.keras3() ? 0 : kEpsilon;  // tf_keras adds what it has clipped already
  auto log_of = [&](Value x) { return ir::log(more > 0 ? x + more : x); };
  return -(y_true * log_of(p) + (1.0 - y_true) * log_of(1.0 - p));
}

Value smooth_classes(Value y_true, double smoothing, std::int64_t axis) {
  if (smoothing == 0) return y_true;
  const auto at = axis < 0 ? axis + static_cast<std::int64_t>(y_true.rank()) : axis;
  const ir::Dim classes = y_true.shape().at(static_cast<std::size_t>(at));
  const Value kept = y_true * (1 - smoothing);
  if (classes.is_constant()) return kept + smoothing / static_cast<double>(classes.value());
  const Value count = ir::cast(ir::dimension(y_true.graph(), classes, DType::int64), y_true.dtype());
  return kept + ir::constant_like(y_true, smoothing) / count;
}

Value smooth_bits(Value y_true, double smoothing) {
  return smoothing == 0 ? y_true : y_true * (1 - smoothing) + 0.5 * smoothing;
}

}  // namespace keratin::train
