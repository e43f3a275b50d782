#include "runtime/train/overlap.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  keras::Number alpha, beta;
  Json axis;

  template <class V>
  void describe(V& v) {
    v("alpha", alpha, 0.5);
    v("beta", beta, 0.5);
    v("axis", axis, nullptr);
  }
};

ir::Value values(LossContext&, ir::Value y_true, ir::Value y_pred, const Config& c) {
  const ir::Ints axes = axes_of(y_pred, c.axis);
  const ir::Value both = ir::sum(y_true * y_pred, axes);
  const ir::Value missed = ir::sum((1.0 - y_pred) * y_true, axes) * c.alpha.value;
  const ir::Value extra = ir::sum(y_pred * (1.0 - y_true), axes) * c.beta.value;
  return 1.0 - both / (both + missed + extra + kEpsilon);
}

constexpr LossCase cases[] = {
    {R"({})", "bits[4,3] probabilities[4,3]"},
    {R"({"alpha": 0.2, "beta": 0.7, "axis": [1, 2]})", "bits[4,5,3] probabilities[4,5,3] weights[4]"},
    {R"({"axis": -1, "dtype": "float64"})", "bits[4,5,3] probabilities[4,5,3]"},
};

}  // namespace
extern const LossDef loss_tversky =
    define_loss<Config, values>({.class_name = "Tversky", .function_name = "tversky", .cases = cases});
}  // namespace keratin
