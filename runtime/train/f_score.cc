#include "runtime/train/f_score.h"

namespace keratin::train {
namespace {

using ir::Value;

bool is_average(const FScore& score, const char* name) { return score.average == Json(name); }

void check_config(const FScore& score) {
  check(score.average.is_null() || is_average(score, "micro") || is_average(score, "macro") ||
            is_average(score, "weighted"),
        ErrorCode::corrupt_file, "average ", serialization::print_json(score.average),
        ": expected null, micro, macro or weighted");
  check(score.beta > 0, ErrorCode::corrupt_file, "beta ", score.beta, ": expected a positive number");
  if (score.threshold.is_null()) return;
  const double threshold = score.threshold.as_number();
  check(threshold > 0 && threshold <= 1, ErrorCode::corrupt_file, "threshold ", threshold,
        ": expected a number above 0, at most 1");
}

Value positives(const FScore& score, Value y_pred) {
  if (!score.threshold.is_null())
    return ir::compare("greater", y_pred, ir::constant_like(y_pred, score.threshold.as_number()));
  const Value largest = ir::reduce("reduce_max", y_pred, {-1}, ir::Keep::yes);
  const Value something = ir::compare("greater", ir::unary("abs", y_pred), ir::constant_like(y_pred, 1e-9));
  return ir::binary("logical_and", ir::compare("greater_equal", y_pred, largest), something);
}

// Keras 3 adds an epsilon, tf_keras divides by what there is.
Value quotient(const MetricContext& cx, Value a, Value b) {
  return cx.keras3() ? a / (b + kEpsilon) : divide_no_nan(a, b);
}

}  // namespace

std::vector<MetricVariable> f_score_variables(const MetricContext& cx, const FScore& score,
                                              const ir::Type& y_pred) {
  check_config(score);
  check(y_pred.rank() == 2 && y_pred.shape[1].is_constant(), ErrorCode::invalid_argument,
        "expected predictions of shape (batch, classes), found ", ir::to_string(y_pred));
  const Shape shape = is_average(score, "micro") ? Shape{} : Shape{y_pred.shape[1].value()};
  std::vector<MetricVariable> made;
  for (const char* name : {"true_positives", "false_positives", "false_negatives", "intermediate_weights"})
    made.push_back({name, shape, cx.dtype});
  return made;
}

ir::Values update_f_score(const MetricContext& cx, const FScore& score, const ir::Values& state,
                          const MetricInput& input) {
  const Value y_true = ir::cast(input.y_true, cx.dtype);
  const Value y_pred = ir::cast(positives(score, ir::cast(input.y_pred, cx.dtype)), cx.dtype);
  auto total = [&](Value x) {
    if (input.sample_weight) x = x * ir::expand_dims(ir::cast(input.sample_weight, cx.dtype), 1);
    return is_average(score, "micro") ? sum_of(x) : ir::sum(x, {0});
  };
  return {state[0] + total(y_pred * y_true), state[1] + total(y_pred * (1.0 - y_true)),
          state[2] + total((1.0 - y_pred) * y_true), state[3] + total(y_true)};
}

Value f_score_result(const MetricContext& cx, const FScore& score, const ir::Values& state) {
  const Value precision = quotient(cx, state[0], state[0] + state[1]);
  const Value recall = quotient(cx, state[0], state[0] + state[2]);
  const double square = score.beta * score.beta;
  const Value by_class = quotient(cx, precision * recall, precision * square + recall) * (1 + square);
  if (is_average(score, "weighted")) return sum_of(by_class * quotient(cx, state[3], sum_of(state[3])));
  if (score.average.is_null() || by_class.rank() == 0) return by_class;
  return ir::mean(by_class, {0});
}

}  // namespace keratin::train
