#include "runtime/train/loss.h"

namespace keratin {
namespace {

using namespace train;

ir::Value values(LossContext& cx, ir::Value y_true, ir::Value y_pred, const NoConfig&) {
  if (cx.keras3()) std::tie(y_true, y_pred) = squeeze_or_expand(y_true, y_pred);
  return mean_of_last(ir::square(y_true - y_pred));
}

constexpr const char* aliases[] = {"mse", "MSE"};
constexpr LossCase cases[] = {
    {R"({})", "normal[4,3] normal[4,3]"},
    {R"({})", "normal[4] normal[4,1]"},
    {R"({})", "normal[4,1] normal[4]"},
    {R"({})", "normal[2,5,1] normal[2,5]"},
    {R"({"dtype": "float64"})", "normal[4,3] normal[4,3] weights[4]"},
    {R"({})", "normal[4,3] normal[4,3] weights[4,1]"},
    {R"({})", "normal[4,5,3] normal[4,5,3] weights[4,5]"},
    {R"({})", "normal[4,5,3] normal[4,5,3] weights[4,1]"},
    {R"({})", "normal[4,5,3] normal[4,5,3] mask[4,5]"},
    {R"({})", "normal[4,5,3] normal[4,5,3] weights[4,1] mask[4,5]"},
    {R"({"reduction": "sum"})", "normal[4,5,3] normal[4,5,3] weights[4,1] mask[4,5]"},
    {R"({"reduction": "none"})", "normal[4,3] normal[4,3] weights[4]"},
    {R"({"reduction": null})", "normal[4,3] normal[4,3]"},
    {R"({"reduction": "sum"})", "normal[4,3] normal[4,3] weights[4]"},
    {R"({"reduction": "mean"})", "normal[4,5,3] normal[4,5,3] weights[4,1] mask[4,5]"},
    {R"({"reduction": "mean_with_sample_weight"})", "normal[4,3] normal[4,3] weights[4]"},
    {R"({"reduction": "mean_with_sample_weight"})", "normal[4,5,3] normal[4,5,3] mask[4,5]"},
    {R"({"reduction": "mean_with_sample_weight"})", "normal[4,5,3] normal[4,5,3] weights[4,5] mask[4,5]"},
    {R"({"reduction": "mean_with_sample_weight"})", "normal[4,3] normal[4,3]"},
    {R"({})", "normal[4,3] normal[4,3] zeros[4]"},
    {R"({})", "normal[4,5,3] normal[4,5,3] none[4,5]"},
    {R"({})", "classes3[4,3] normal[4,3]"},
    {R"({"name": "mine"})", "normal[4,3] normal[4,3]"},
};

}  // namespace
extern const LossDef loss_mean_squared_error =
    define_loss<NoConfig, values>({.class_name = "MeanSquaredError",
                                   .function_name = "mean_squared_error",
                                   .aliases = aliases,
                                   .cases = cases});
}  // namespace keratin
