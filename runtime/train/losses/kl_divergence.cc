#include "runtime/train/loss.h"

namespace keratin {
namespace {

using namespace train;

ir::Value values(LossContext&, ir::Value y_true, ir::Value y_pred, const NoConfig&) {
  const ir::Value p = clip(y_true, kEpsilon, 1), q = clip(y_pred, kEpsilon, 1);
  return ir::sum(p * ir::log(p / q), {-1});
}

constexpr const char* aliases[] = {"kld", "KLD", "kullback_leibler_divergence"};
constexpr LossCase cases[] = {
    {R"({})", "distribution[4,3] distribution[4,3]"},
    {R"({})", "one_hot[4,3] distribution[4,3] weights[4]"},
    {R"({"dtype": "float64"})", "distribution[4,5,3] distribution[4,5,3]"},
};

}  // namespace
extern const LossDef loss_kl_divergence = define_loss<NoConfig, values>(
    {.class_name = "KLDivergence", .function_name = "kl_divergence", .aliases = aliases, .cases = cases});
}  // namespace keratin
