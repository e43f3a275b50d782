#include "runtime/train/hinge.h"

namespace keratin {
namespace {

using namespace train;

ir::Value values(LossContext&, ir::Value y_true, ir::Value y_pred, const NoConfig&) {
  const ir::Value gap = margin_left(y_true, y_pred);
  return mean_of_last(ir::square(gap));
}

constexpr LossCase cases[] = {
    {R"({})", "signs[4,3] normal[4,3]"},
    {R"({})", "bits[4,3] normal[4,3] weights[4]"},
    {R"({"dtype": "float64"})", "bits[4,1] normal[4,1]"},
    {R"({})", "bits[4] normal[4,1]"},
};

}  // namespace
extern const LossDef loss_squared_hinge = define_loss<NoConfig, values>(
    {.class_name = "SquaredHinge", .function_name = "squared_hinge", .cases = cases});
}  // namespace keratin
