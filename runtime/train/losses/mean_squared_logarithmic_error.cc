#include "runtime/train/loss.h"

namespace keratin {
namespace {

using namespace train;

ir::Value log_of(ir::Value x) { return ir::log(ir::maximum(x, ir::constant_like(x, kEpsilon)) + 1.0); }

ir::Value values(LossContext& cx, ir::Value y_true, ir::Value y_pred, const NoConfig&) {
  if (cx.keras3()) std::tie(y_true, y_pred) = squeeze_or_expand(y_true, y_pred);
  return mean_of_last(ir::square(log_of(y_pred) - log_of(y_true)));
}

constexpr const char* aliases[] = {"msle", "MSLE"};
constexpr LossCase cases[] = {
    {R"({})", "normal[4,3] normal[4,3]"},
    {R"({"dtype": "float64"})", "normal[4,5,3] normal[4,5,3] weights[4,1]"},
    {R"({})", "normal[4] normal[4,1] weights[4]"},
};

}  // namespace
extern const LossDef loss_mean_squared_logarithmic_error =
    define_loss<NoConfig, values>({.class_name = "MeanSquaredLogarithmicError",
                                   .function_name = "mean_squared_logarithmic_error",
                                   .aliases = aliases,
                                   .cases = cases});
}  // namespace keratin
