#include "runtime/train/trade_off.h"

namespace keratin {
namespace {

using namespace train;

constexpr char key[] = "precision";

constexpr MetricCase cases[] = {
    {R"({"precision": 0.5})", "bits[9] probabilities[9]"},
    {R"({"precision": 0.3, "num_thresholds": 20})", "bits[9,3] probabilities[9,3] weights[9]"},
    {R"({"precision": 0.4, "num_thresholds": 1})", "bits[9] probabilities[9,1] weights[9]"},
    {R"({"precision": 0.8, "class_id": 2, "num_thresholds": 7})", "bits[9,3] thirds[9,3]"},
    {R"({"precision": 1.0, "num_thresholds": 5})", "bits[9] zeros[9]"},
};

}  // namespace
extern const MetricDef metric_recall_at_precision =
    define_trade_off<key, &Counts::recall, &Counts::precision>(
        {.class_name = "RecallAtPrecision", .default_name = "recall_at_precision", .cases = cases});
}  // namespace keratin
