#include "runtime/train/loss.h"

namespace keratin {
namespace {

using namespace train;

ir::Value values(LossContext&, ir::Value y_true, ir::Value y_pred, const NoConfig&) {
  const ir::Value right = ir::sum(y_true * y_pred, {-1});
  const ir::Value wrong = ir::reduce("reduce_max", (1.0 - y_true) * y_pred, {-1});
  return ir::maximum(wrong - right + 1.0, ir::constant_like(y_pred, 0));
}

constexpr LossCase cases[] = {
    {R"({})", "one_hot[4,3] normal[4,3]"},
    {R"({"dtype": "float64"})", "one_hot[4,5,3] normal[4,5,3] weights[4,1]"},
};

}  // namespace
extern const LossDef loss_categorical_hinge = define_loss<NoConfig, values>(
    {.class_name = "CategoricalHinge", .function_name = "categorical_hinge", .cases = cases});
}  // namespace keratin
