#include "runtime/ir/build_nn.h"
#include "runtime/train/cross_entropy.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  bool from_logits;
  keras::Number label_smoothing;
  std::int64_t axis;
  Json alpha;  // one number, or one per class
  keras::Number gamma;

  template <class V>
  void describe(V& v) {
    v("from_logits", from_logits, false);
    v("label_smoothing", label_smoothing, 0.0);
    v("axis", axis, -1);
    v("alpha", alpha, 0.25);
    v("gamma", gamma, 2.0);
  }
};

ir::Value constant_of(ir::Value like, const Json& alpha) {
  if (!alpha.is_array()) return ir::constant_like(like, alpha.as_number());
  ir::Values parts;
  for (const Json& number : alpha.as_array())
    parts.push_back(ir::reshape(ir::constant_like(like, number.as_number()), {ir::Dim(1)}));
  return ir::concatenate(parts, 0);
}

ir::Value values(LossContext& cx, ir::Value y_true, ir::Value y_pred, const Config& c) {
  y_true = smooth_classes(y_true, c.label_smoothing.value, -1);
  const Logits given = cx.keras3() ? Logits{y_pred, c.from_logits} : logits_of(y_pred, c.from_logits);
  const ir::Value p =
      normalized_probabilities(given.from_logits ? ir::softmax(given.value, {c.axis}) : y_pred, c.axis);
  const ir::Value factor = ir::binary("power", 1.0 - p, ir::constant_like(p, c.gamma.value));
  return ir::sum(factor * constant_of(p, c.alpha) * (-y_true * ir::log(p)), {c.axis});
}

constexpr LossCase cases[] = {
    {R"({})", "one_hot[4,3] distribution[4,3]"},
    {R"({"from_logits": true})", "one_hot[4,3] normal[4,3] weights[4]"},
    {R"({"alpha": 0.3, "gamma": 1.5, "label_smoothing": 0.1})", "one_hot[4,3] probabilities[4,3]"},
    {R"({"alpha": [0.1, 0.5, 0.4]})", "one_hot[4,5,3] distribution[4,5,3] weights[4,1]"},
    {R"({"axis": 1, "from_logits": true, "dtype": "float64"})", "probabilities[4,5,3] normal[4,5,3]"},
    {R"({})", "one_hot[4,3] softmax[4,3]"},
};

}  // namespace
extern const LossDef loss_categorical_focal_crossentropy =
    define_loss<Config, values>({.class_name = "CategoricalFocalCrossentropy",
                                 .function_name = "categorical_focal_crossentropy",
                                 .cases = cases});
}  // namespace keratin
