#include "runtime/train/cross_entropy.h"

namespace keratin {
namespace {

using namespace train;

using Config = CrossEntropyConfig;

ir::Value values(LossContext& cx, ir::Value y_true, ir::Value y_pred, const Config& c) {
  y_true = smooth_bits(y_true, c.label_smoothing.value);
  return ir::mean(binary_cross_entropy(cx, y_true, y_pred, c.from_logits), {c.axis});
}

constexpr const char* aliases[] = {"bce", "BCE"};
constexpr LossCase cases[] = {
    {R"({})", "bits[4,3] probabilities[4,3]"},
    {R"({})", "bits[4] probabilities[4,1] weights[4]"},
    {R"({"from_logits": true})", "bits[4,3] normal[4,3] weights[4]"},
    {R"({"label_smoothing": 0.2})", "bits[4,3] probabilities[4,3]"},
    {R"({"from_logits": true, "label_smoothing": 0.1, "axis": 1})", "bits[4,5,3] normal[4,5,3]"},
    {R"({"dtype": "float64"})", "bits[4,3] probabilities[4,3]"},
    {R"({"dtype": "float64", "from_logits": true})", "bits[4,3] zeros[4,3]"},
    {R"({})", "bits[4,3] bits[4,3]"},
    {R"({})", "bits[4,3] sigmoid[4,3]"},
    {R"({})", "bits[4,1] sigmoid[4,1] weights[4]"},
    {R"({})", "one_hot[4,3] softmax[4,3]"},
    {R"({"from_logits": true})", "bits[4,3] sigmoid[4,3]"},
};

}  // namespace
extern const LossDef loss_binary_crossentropy =
    define_loss<Config, values>({.class_name = "BinaryCrossentropy",
                                 .function_name = "binary_crossentropy",
                                 .aliases = aliases,
                                 .cases = cases});
}  // namespace keratin
