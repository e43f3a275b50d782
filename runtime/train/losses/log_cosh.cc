#include <cmath>

#include "runtime/train/loss.h"

namespace keratin {
namespace {

using namespace train;

// Keras computes it in float32 whatever it is subtracted from.
const double kLog2 = std::log(2.0f);

ir::Value values(LossContext& cx, ir::Value y_true, ir::Value y_pred, const NoConfig&) {
  if (cx.keras3()) std::tie(y_true, y_pred) = squeeze_or_expand(y_true, y_pred);
  const ir::Value x = y_pred - y_true;
  return mean_of_last(x + ir::unary("softplus", x * -2.0) - kLog2);
}

constexpr const char* aliases[] = {"logcosh"};
constexpr LossCase cases[] = {
    {R"({})", "normal[4,3] normal[4,3]"},
    {R"({"dtype": "float64"})", "normal[4,5,3] normal[4,5,3] weights[4,1]"},
    {R"({})", "normal[4] normal[4,1] weights[4]"},
};

}  // namespace
extern const LossDef loss_log_cosh = define_loss<NoConfig, values>(
    {.class_name = "LogCosh", .function_name = "log_cosh", .aliases = aliases, .cases = cases});
}  // namespace keratin
