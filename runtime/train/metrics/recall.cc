#include "runtime/train/precision_recall.h"

namespace keratin {
namespace {

using namespace train;

constexpr MetricCase cases[] = {
    {R"({})", "bits[6] probabilities[6]"},
    {R"({})", "bits[6,3] probabilities[6,3] weights[6]"},
    {R"({"thresholds": [0.2, 0.7]})", "bits[6,3] probabilities[6,3]"},
    {R"({"top_k": 2})", "bits[6,4] probabilities[6,4] weights[6]"},
    {R"({"class_id": 1, "thresholds": 0.4})", "bits[6,4] probabilities[6,4] weights[6]"},
    {R"({"top_k": 2, "class_id": 0})", "bits[6,4] probabilities[6,4]"},
    {R"({"thresholds": [0.0, 0.5, 1.0]})", "bits[9] thirds[9] weights[9]"},
};

}  // namespace
extern const MetricDef metric_recall = define_true_share<Count::false_negatives>(
    {.class_name = "Recall", .default_name = "recall", .cases = cases});
}  // namespace keratin
