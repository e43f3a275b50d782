#include "runtime/train/adam.h"

namespace keratin {
namespace {

using namespace train;

constexpr OptimizerCase cases[] = {
    {R"({"learning_rate": 0.05})", "keras_3 tf_keras"},
    {R"({"learning_rate": 0.05, "weight_decay": 0.1, "amsgrad": true})", "keras_3 tf_keras"},
    {R"({"learning_rate": 0.05, "use_ema": true, "ema_momentum": 0.8, "ema_overwrite_frequency": 3})",
     "keras_3 tf_keras"},
};

}  // namespace
extern const OptimizerDef optimizer_adamw = define_optimizer<adam::Config, adam::slots, adam::update>(
    {.class_name = "AdamW", .weight_decay = 0.004, .cases = cases});
}  // namespace keratin
