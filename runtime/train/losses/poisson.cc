#include "runtime/train/loss.h"

namespace keratin {
namespace {

using namespace train;

ir::Value values(LossContext&, ir::Value y_true, ir::Value y_pred, const NoConfig&) {
  return mean_of_last(y_pred - y_true * ir::log(y_pred + kEpsilon));
}

constexpr LossCase cases[] = {
    {R"({})", "classes5[4,3] positive[4,3]"},
    {R"({"dtype": "float64"})", "positive[4,5,3] positive[4,5,3] weights[4,1]"},
    {R"({})", "positive[4] positive[4,1]"},
};

}  // namespace
extern const LossDef loss_poisson =
    define_loss<NoConfig, values>({.class_name = "Poisson", .function_name = "poisson", .cases = cases});
}  // namespace keratin
