// One training step as one graph: forward with training = true, loss with its regularizers, gradients, the
// optimizer's updates, constraints, and the layers' own state (moving statistics, seeds).
#pragma once

#include "runtime/keras/model.h"
#include "runtime/train/optimizer.h"

namespace keratin::train {

struct Prediction {
  std::string name;  // Keras' name of the output
  ir::Value value;
  ir::Value mask;  // Keras' implicit mask, or null
};
// Makes the inputs that bring targets and weights, and returns the scalar loss of all predictions. It may add
// outputs and updates of its own, as metrics do.
using Objective = std::function<ir::Value(keras::Lowering& lowering, const std::vector<Prediction>&)>;
// The sum of loss(target, prediction), targets coming in as "y0" …
Objective objective_of(ir::Value (*loss)(ir::Value target, ir::Value prediction));

// Keras' mean_squared_error with the reduction sum_over_batch_size.
ir::Value mean_squared_error(ir::Value target, ir::Value prediction);

struct StepGraph {
  ir::Graph graph;  // inputs: the model's, then the objective's; outputs: "loss", then the objective's
  std::vector<VariablePtr> variables;  // the model's and the optimizer's
};
// "loss" is the objective with what layers add and regularizers. Builds the optimizer for the model's
// trainable variables unless it is built. Learning rate, iteration and loss scale are variables: assigning
// them needs no new graph. Frozen variables get no gradient.
// Throws Error{unsupported} naming an op that has no gradient, an unknown regularizer or constraint;
// Error{invalid_argument} when the optimizer was built for other variables.
StepGraph build_step(keras::Layer& model, const Objective& objective, Optimizer& optimizer);

}  // namespace keratin::train
