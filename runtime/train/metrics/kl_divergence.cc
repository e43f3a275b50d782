#include "runtime/train/mean.h"

namespace keratin {
namespace {

using namespace train;

ir::Value values(MetricContext& cx, ir::Value y_true, ir::Value y_pred, const NoConfig&) {
  return loss_function(cx, "kl_divergence", y_true, y_pred);
}

constexpr const char* aliases[] = {"kld", "KLD", "kullback_leibler_divergence"};
constexpr MetricCase cases[] = {
    {R"({})", "distribution[4,3] distribution[4,3]"},
    {R"({})", "distribution[4,3] distribution[4,3] weights[4]"},
};

}  // namespace
extern const MetricDef metric_kl_divergence =
    define_mean<NoConfig, values>({.class_name = "KLDivergence",
                                   .default_name = "kl_divergence",
                                   .tf_keras_name = "kullback_leibler_divergence",
                                   .aliases = aliases,
                                   .cases = cases});
}  // namespace keratin
