#include "runtime/train/counting.h"

namespace keratin {
namespace {

using namespace train;

constexpr MetricCase cases[] = {
    {R"({})", "bits[6] probabilities[6]"},
    {R"({"thresholds": [0.2, 0.7]})", "bits[6,3] probabilities[6,3] weights[6]"},
    {R"({"thresholds": [0.0, 0.25, 0.5, 0.75, 1.0]})", "bits[6,3] probabilities[6,3] weights[6,3]"},
    {R"({"thresholds": 0.3})", "bits[6] probabilities[6,1] weights[6]"},
};

}  // namespace
extern const MetricDef metric_false_positives = define_counting<Count::false_positives>(
    {.class_name = "FalsePositives", .default_name = "false_positives", .cases = cases});
}  // namespace keratin
