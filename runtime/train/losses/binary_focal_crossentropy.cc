#include "runtime/train/cross_entropy.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  bool from_logits;
  keras::Number label_smoothing;
  std::int64_t axis;
  bool apply_class_balancing;
  keras::Number alpha, gamma;

  template <class V>
  void describe(V& v) {
    v("from_logits", from_logits, false);
    v("label_smoothing", label_smoothing, 0.0);
    v("axis", axis, -1);
    v("apply_class_balancing", apply_class_balancing, false);
    v("alpha", alpha, 0.25);
    v("gamma", gamma, 2.0);
  }
};

ir::Value values(LossContext& cx, ir::Value y_true, ir::Value y_pred, const Config& c) {
  y_true = smooth_bits(y_true, c.label_smoothing.value);
  const ir::Value p = c.from_logits ? ir::unary("sigmoid", y_pred) : y_pred;
  // Keras 3 takes the logits out of its own sigmoid again, tf_keras out of y_pred: the same
  const ir::Value loss = binary_cross_entropy(cx, y_true, cx.keras3() ? p : y_pred, c.from_logits);
  const ir::Value chance = y_true * p + (1.0 - y_true) * (1.0 - p);  // of what is true
  ir::Value focal = ir::binary("power", 1.0 - chance, ir::constant_like(p, c.gamma.value)) * loss;
  if (c.apply_class_balancing)
    focal = (y_true * c.alpha.value + (1.0 - y_true) * (1 - c.alpha.value)) * focal;
  return ir::mean(focal, {c.axis});
}

constexpr LossCase cases[] = {
    {R"({})", "bits[4,3] probabilities[4,3]"},
    {R"({"from_logits": true})", "bits[4,3] normal[4,3] weights[4]"},
    {R"({"apply_class_balancing": true, "alpha": 0.3, "gamma": 1.5})", "bits[4,3] probabilities[4,3]"},
    {R"({"label_smoothing": 0.2, "dtype": "float64"})", "bits[4,3] probabilities[4,3]"},
    {R"({"from_logits": true, "axis": 1, "apply_class_balancing": true})", "bits[4,5,3] normal[4,5,3]"},
    {R"({})", "bits[4,3] sigmoid[4,3]"},
};

}  // namespace
extern const LossDef loss_binary_focal_crossentropy = define_loss<Config, values>(
    {.class_name = "BinaryFocalCrossentropy", .function_name = "binary_focal_crossentropy", .cases = cases});
}  // namespace keratin
