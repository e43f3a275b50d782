// FBetaScore and F1Score: the weighted harmonic mean of precision and recall per class.
#pragma once

#include "runtime/train/metric.h"

namespace keratin::train {

struct FScore {
  Json average;  // null (one score per class), "micro", "macro" or "weighted"
  double beta = 1;
  Json threshold;  // null: the largest prediction of each sample is the positive one
};

std::vector<MetricVariable> f_score_variables(const MetricContext& cx, const FScore& score,
                                              const ir::Type& y_pred);
ir::Values update_f_score(const MetricContext& cx, const FScore& score, const ir::Values& state,
                          const MetricInput& input);
ir::Value f_score_result(const MetricContext& cx, const FScore& score, const ir::Values& state);

// MetricDef of a Config with score().
template <class Config>
constexpr MetricDef define_f_score(MetricDef def) {
  return define_metric<Config,
                       [](const MetricContext& cx, const Config& c, const ir::Type& y_pred) {
                         return f_score_variables(cx, c.score(), y_pred);
                       },
                       [](MetricContext& cx, const Config& c, const ir::Values& state,
                          const MetricInput& input) { return update_f_score(cx, c.score(), state, input); },
                       [](const MetricContext& cx, const Config& c, const ir::Values& state) {
                         return f_score_result(cx, c.score(), state);
                       }>(def);
}

}  // namespace keratin::train
