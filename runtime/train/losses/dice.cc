#include "runtime/train/overlap.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  Json axis;

  template <class V>
  void describe(V& v) {
    v("axis", axis, nullptr);
  }
};

ir::Value values(LossContext&, ir::Value y_true, ir::Value y_pred, const Config& c) {
  const ir::Ints axes = axes_of(y_pred, c.axis);
  const ir::Value both = ir::sum(y_true * y_pred, axes);
  return 1.0 - both * 2.0 / (ir::sum(y_true, axes) + ir::sum(y_pred, axes) + kEpsilon);
}

constexpr LossCase cases[] = {
    {R"({})", "bits[4,3] probabilities[4,3]"},
    {R"({"axis": [1, 2]})", "bits[4,5,3] probabilities[4,5,3] weights[4]"},
    {R"({"axis": -1, "dtype": "float64"})", "bits[4,5,3] probabilities[4,5,3]"},
    {R"({})", "bits[4,3] probabilities[4,3] weights[4]"},
};

}  // namespace
extern const LossDef loss_dice =
    define_loss<Config, values>({.class_name = "Dice", .function_name = "dice", .cases = cases});
}  // namespace keratin
