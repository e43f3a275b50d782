// One training step as one graph: forward with training = true, loss, gradients, updates of weights and
// state.
#pragma once

#include <functional>

#include "runtime/keras/model.h"

namespace keratin::train {

// (target, prediction) -> scalar loss.
using Loss = ir::Value (*)(ir::Value target, ir::Value prediction);
// The new value of a trained variable from its value, gradient and learning rate.
using UpdateRule = ir::Value (*)(ir::Value variable, ir::Value gradient, ir::Value learning_rate);

// Keras' mean_squared_error with the reduction sum_over_batch_size.
ir::Value mean_squared_error(ir::Value target, ir::Value prediction);
ir::Value gradient_descent(ir::Value variable, ir::Value gradient, ir::Value learning_rate);

struct StepGraph {
  ir::Graph graph;  // inputs: the model's, one target per output ("y0" …), "learning_rate"; output: "loss"
  std::vector<VariablePtr> variables;
};
// Frozen variables get no gradient. Throws Error{unsupported} naming an op that has none.
StepGraph build_step(keras::Layer& model, Loss loss, UpdateRule rule);

}  // namespace keratin::train
