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

struct StepGraph {
  ir::Graph graph;  // inputs: the model's, then the objective's; outputs: "loss", then the objective's
  std::vector<VariablePtr> variables;  // by the graph's index
};
// "loss" is the objective with what layers add and regularizers. Builds the optimizer for the model's
// trainable variables unless it is built. Learning rate, iteration and loss scale are variables: assigning
// them needs no new graph. Frozen variables get no gradient.
// Throws Error{unsupported} naming an op that has no gradient, an unknown regularizer or constraint;
// Error{invalid_argument} when the optimizer was built for other variables.
StepGraph build_step(keras::Layer& model, const Objective& objective, Optimizer& optimizer);
// The same loss of the model as it predicts; nothing is trained, only the objective's own state is updated.
// A model without any loss has the loss 0.
StepGraph build_evaluation(keras::Layer& model, const Objective& objective, Dialect dialect);

}  // namespace keratin::train
