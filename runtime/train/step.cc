#include "runtime/train/step.h"

#include "runtime/core/error.h"

namespace keratin::train {

ir::Value mean_squared_error(ir::Value target, ir::Value prediction) {
  const ir::Value squared = ir::square(prediction - target);
  ir::Ints all;
  for (std::size_t i = 0; i < squared.rank(); ++i) all.push_back(static_cast<std::int64_t>(i));
  return ir::mean(squared, std::move(all));
}

ir::Value gradient_descent(ir::Value variable, ir::Value gradient, ir::Value learning_rate) {
  return variable - gradient * ir::cast(learning_rate, variable.dtype());
}

StepGraph build_step(keras::Layer& model, Loss loss, UpdateRule rule) {
  StepGraph step;
  keras::Lowering lowering(step.graph, true);
  keras::lower_model_into(lowering, model);
  const std::vector<ir::Output> predictions = std::exchange(step.graph.outputs, {});
  ir::Value total;
  auto add = [&](ir::Value more) { total = total ? total + more : more; };
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    const ir::Value y = predictions[i].value;
    add(loss(step.graph.input("y" + std::to_string(i), y.type()), y));
  }
  for (const ir::Value& more : lowering.losses) add(more);
  const ir::Value learning_rate = step.graph.input("learning_rate", {DType::float32, {}});
  // Gradients are with respect to the values before the step: what the forward pass read first.
  std::vector<std::size_t> indices;
  ir::Values wrt;
  for (const VariablePtr& variable : model.trainable_variables()) {
    indices.push_back(lowering.index_of(variable));
    wrt.push_back(step.graph.read(indices.back()));
  }
  const ir::Values gradients = ir::gradients(total, wrt);
  step.graph.output("loss", total);
  for (std::size_t i = 0; i < wrt.size(); ++i)
    if (gradients[i]) step.graph.assign(indices[i], rule(wrt[i], gradients[i], learning_rate));
  step.variables = std::move(lowering.variables);
  return step;
}

}  // namespace keratin::train
