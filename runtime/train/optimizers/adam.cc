#include "runtime/train/adam.h"

namespace keratin {
namespace {

using namespace train;

constexpr OptimizerCase cases[] = {
    {R"({"learning_rate": 0.05})"},
    {R"({"learning_rate": 0.05, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 0.01})"},
    {R"({"learning_rate": 0.05, "beta_2": 0.5, "amsgrad": true})"},
    {R"({"learning_rate": 0.05, "clipnorm": 0.5, "weight_decay": 0.1})", "keras_3 tf_keras"},
    {R"({"learning_rate": 0.05, "amsgrad": true, "use_ema": true, "gradient_accumulation_steps": 2})",
     "keras_3"},
    {R"({"learning_rate": {"module": "keras.optimizers.schedules", "class_name": "CosineDecay", "config":
         {"initial_learning_rate": 0.1, "decay_steps": 20, "alpha": 0.0, "name": "CosineDecay",
          "warmup_target": null, "warmup_steps": 0}, "registered_name": null}})"},
    {R"({"learning_rate": 0.05, "decay": 0.1})", "legacy"},
};

}  // namespace
extern const OptimizerDef optimizer_adam =
    define_optimizer<adam::Config, adam::slots, adam::update>({.class_name = "Adam", .cases = cases});
}  // namespace keratin
