#include "runtime/train/f_score.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  Json average;
  keras::Number beta;
  Json threshold;

  template <class V>
  void describe(V& v) {
    v("average", average, nullptr);
    v("beta", beta, 1.0);
    v("threshold", threshold, nullptr);
  }
  FScore score() const { return {average, beta.value, threshold}; }
};

constexpr const char* aliases[] = {"f_beta_score"};
constexpr MetricCase cases[] = {
    {R"({"beta": 2.0})", "one_hot[6,3] probabilities[6,3]"},
    {R"({"beta": 0.5, "average": "micro"})", "one_hot[6,3] probabilities[6,3] weights[6]"},
    {R"({"beta": 2.0, "average": "weighted", "threshold": 0.5})", "bits[6,3] probabilities[6,3] weights[6]"},
};

}  // namespace
extern const MetricDef metric_fbeta_score = define_f_score<Config>(
    {.class_name = "FBetaScore", .default_name = "fbeta_score", .aliases = aliases, .cases = cases});
}  // namespace keratin
