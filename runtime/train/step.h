// One training step as one graph: forward with training = true, loss with its regularizers, gradients, the
// optimizer's updates, constraints, and the layers' own state (moving statistics, seeds).
#pragma once

#include "runtime/keras/model.h"
#include "runtime/train/optimizer.h"

namespace keratin::train {

// (target, prediction) -> scalar loss.
using Loss = ir::Value (*)(ir::Value target, ir::Value prediction);

// Keras' mean_squared_error with the reduction sum_over_batch_size.
ir::Value mean_squared_error(ir::Value target, ir::Value prediction);

struct StepGraph {
  ir::Graph graph;  // inputs: the model's, one target per output ("y0" …); output: "loss"
  std::vector<VariablePtr> variables;  // the model's and the optimizer's
};
// Builds the optimizer for the model's trainable variables unless it is built. Learning rate, iteration and
// loss scale are variables: assigning them needs no new graph. Frozen variables get no gradient.
// Throws Error{unsupported} naming an op that has no gradient, an unknown regularizer or constraint;
// Error{invalid_argument} when the optimizer was built for other variables.
StepGraph build_step(keras::Layer& model, Loss loss, Optimizer& optimizer);

}  // namespace keratin::train
