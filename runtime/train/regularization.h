// What the layers' configs ask of their weights and results: regularizers and constraints, found by name
// ("kernel_regularizer" is about the weight "kernel"). Used where a training step is built.
#pragma once

#include "runtime/keras/lower.h"
#include "runtime/train/constraint.h"
#include "runtime/train/regularizer.h"

namespace keratin::train {

struct WeightRule {
  VariablePtr variable;
  bool trainable;  // not frozen, by itself or by a layer around it
  Regularizer regularizer;
  Constraint constraint;
};
// One for each weight that has a regularizer or a constraint. Throws Error{unsupported} for an unknown one.
std::vector<WeightRule> weight_rules(const keras::Layer& model);

// The penalties of a layer's results, divided by the batch size; none without an activity regularizer.
ir::Values activity_penalties(const keras::Layer& layer, const std::vector<keras::Traced>& results);

}  // namespace keratin::train
