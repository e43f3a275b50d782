#include "runtime/train/cross_entropy.h"

namespace keratin {
namespace {

using namespace train;

using Config = CrossEntropyConfig;

ir::Value values(LossContext& cx, ir::Value y_true, ir::Value y_pred, const Config& c) {
  y_true = smooth_classes(y_true, c.label_smoothing.value, cx.keras3() ? -1 : c.axis);
  return categorical_cross_entropy(y_true, y_pred, c.from_logits, c.axis);
}

constexpr LossCase cases[] = {
    {R"({})", "one_hot[4,3] distribution[4,3]"},
    {R"({})", "one_hot[4,3] probabilities[4,3] weights[4]"},
    {R"({"from_logits": true})", "one_hot[4,3] normal[4,3] weights[4]"},
    {R"({"from_logits": true, "label_smoothing": 0.1})", "one_hot[4,5,3] normal[4,5,3]"},
    {R"({"label_smoothing": 0.3, "axis": 1})", "probabilities[4,5,3] probabilities[4,5,3]"},
    {R"({"from_logits": true, "axis": 1, "dtype": "float64"})", "probabilities[4,5,3] normal[4,5,3]"},
    {R"({"dtype": "float64"})", "one_hot[4,3] probabilities[4,3]"},
    {R"({})", "one_hot[4,3] one_hot[4,3]"},
    {R"({})", "one_hot[4,3] softmax[4,3] weights[4]"},
    {R"({"from_logits": true})", "one_hot[4,3] softmax[4,3]"},
    {R"({})", "one_hot[4,3] sigmoid[4,3]"},
    {R"({})", "one_hot[2,5,3] softmax[2,5,3]"},
    {R"({"from_logits": true})", "one_hot[4,3] large[4,3]"},
};

}  // namespace
extern const LossDef loss_categorical_crossentropy = define_loss<Config, values>(
    {.class_name = "CategoricalCrossentropy", .function_name = "categorical_crossentropy", .cases = cases});
}  // namespace keratin
