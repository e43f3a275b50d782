#include "runtime/train/f_score.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  Json average, threshold;

  template <class V>
  void describe(V& v) {
    v("average", average, nullptr);
    v("threshold", threshold, nullptr);
  }
  FScore score() const { return {average, 1, threshold}; }
};

constexpr MetricCase cases[] = {
    {R"({})", "one_hot[6,3] probabilities[6,3]"},
    {R"({"average": "micro"})", "one_hot[6,3] probabilities[6,3] weights[6]"},
    {R"({"average": "macro", "threshold": 0.5})", "bits[6,3] probabilities[6,3]"},
    {R"({"average": "weighted"})", "one_hot[6,3] thirds[6,3] weights[6]"},
    {R"({"threshold": 0.3})", "bits[6,3] probabilities[6,3]"},
    {R"({})", "zeros[4,3] zeros[4,3]"},
};

}  // namespace
extern const MetricDef metric_f1_score =
    define_f_score<Config>({.class_name = "F1Score", .default_name = "f1_score", .cases = cases});
}  // namespace keratin
