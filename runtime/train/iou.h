// The metrics of intersection over union: a confusion matrix, and the overlap of chosen classes.
#pragma once

#include "runtime/train/metric.h"

namespace keratin::train {

struct Overlap {
  std::int64_t num_classes = 2;
  std::vector<std::int64_t> classes;  // those that count; empty: all
  Json ignore_class;
  bool sparse_y_true = true, sparse_y_pred = true;  // else one per class along axis
  std::int64_t axis = -1;
  std::optional<double> threshold = {};  // of predictions that are probabilities of class 1
  const Overlap& overlap() const { return *this; }
};

std::vector<MetricVariable> overlap_variables(const MetricContext& cx, const Overlap& overlap);
ir::Values update_overlap(const MetricContext& cx, const Overlap& overlap, const ir::Values& state,
                          const MetricInput& input);
ir::Value overlap_result(const MetricContext& cx, const Overlap& overlap, const ir::Values& state);

// MetricDef of a Config with overlap(), as one that is an Overlap has. Keras 3 counts in integers.
template <class Config>
constexpr MetricDef define_overlap(MetricDef def) {
  def.default_dtype = DType::int64;
  return define_metric<Config,
                       [](const MetricContext& cx, const Config& c, const ir::Type&) {
                         return overlap_variables(cx, c.overlap());
                       },
                       [](MetricContext& cx, const Config& c, const ir::Values& state,
                          const MetricInput& input) { return update_overlap(cx, c.overlap(), state, input); },
                       [](const MetricContext& cx, const Config& c, const ir::Values& state) {
                         return overlap_result(cx, c.overlap(), state);
                       }>(def);
}

}  // namespace keratin::train
