#include "runtime/train/loss.h"

namespace keratin {
namespace {

using namespace train;

ir::Value values(LossContext& cx, ir::Value y_true, ir::Value y_pred, const NoConfig&) {
  if (cx.keras3()) std::tie(y_true, y_pred) = squeeze_or_expand(y_true, y_pred);
  const ir::Value least = ir::constant_like(y_pred, kEpsilon);
  const ir::Value parts = (y_true - y_pred) / ir::maximum(ir::unary("abs", y_true), least);
  return mean_of_last(ir::unary("abs", parts)) * 100.0;
}

constexpr const char* aliases[] = {"mape", "MAPE"};
constexpr LossCase cases[] = {
    {R"({})", "normal[4,3] normal[4,3]"},
    {R"({"dtype": "float64"})", "normal[4,5,3] normal[4,5,3] weights[4,1]"},
    {R"({})", "normal[4] normal[4,1] weights[4]"},
    {R"({})", "zeros[4,3] normal[4,3]"},
};

}  // namespace
extern const LossDef loss_mean_absolute_percentage_error =
    define_loss<NoConfig, values>({.class_name = "MeanAbsolutePercentageError",
                                   .function_name = "mean_absolute_percentage_error",
                                   .aliases = aliases,
                                   .cases = cases});
}  // namespace keratin
