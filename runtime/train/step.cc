#include "runtime/train/step.h"

#include <map>

#include "runtime/core/error.h"
#include "runtime/train/reduction.h"
#include "runtime/train/regularization.h"

namespace keratin::train {
namespace {

// The model on inputs of its own; and what its layers' results are fined with.
std::vector<Prediction> predict(keras::Lowering& lowering, keras::Layer& model, ir::Values& penalties) {
  std::vector<keras::Traced> traced;
  lowering.observe = [&](const keras::Layer& layer, const std::vector<keras::Traced>& results) {
    for (const ir::Value& penalty : activity_penalties(layer, results)) penalties.push_back(penalty);
    if (&layer == &model) traced = results;
  };
  keras::lower_model_into(lowering, model);
  lowering.observe = nullptr;
  std::vector<Prediction> predictions;
  for (const ir::Output& output : std::exchange(lowering.graph.outputs, {})) {
    predictions.push_back({output.name, output.value, {}});
    for (const keras::Traced& result : traced)
      if (result.value == output.value) predictions.back().mask = result.mask;
  }
  return predictions;
}

ir::Value total_loss(keras::Lowering& lowering, keras::Layer& model, const Objective& objective,
                     Dialect dialect, const std::vector<WeightRule>& rules) {
  ir::Values penalties;
  const std::vector<Prediction> predictions = predict(lowering, model, penalties);
  lowering.graph.label = "loss";
  ir::Value total = objective(lowering, predictions);
  auto add = [&](ir::Value more) { total = total ? total + ir::cast(more, total.dtype()) : more; };
  for (const ir::Value& more : lowering.losses) add(sum_of(more));
  for (const ir::Value& more : penalties) add(more);
  for (const WeightRule& rule : rules)
    if (rule.regularizer && (rule.trainable || !is_keras_3(dialect)))  // Keras 3 leaves frozen weights out
      add(penalty_of(rule.regularizer, lowering.graph.read(lowering.index_of(rule.variable))));
  return total;
}

void build_for(Optimizer& optimizer, const std::vector<VariablePtr>& variables) {
  if (!optimizer.built()) return optimizer.build(variables);
  check(optimizer.trained == variables, ErrorCode::invalid_argument, "optimizer ", optimizer.def->class_name,
        " was made for ", optimizer.trained.size(), " variables, ", variables.size(),
        " are trainable now; compile or recompile the model");
}

}  // namespace

StepGraph build_step(keras::Layer& model, const Objective& objective, Optimizer& optimizer) {
  build_for(optimizer, model.trainable_variables());
  StepGraph step;
  keras::Lowering lowering(step.graph, true);
  const std::vector<WeightRule> rules = weight_rules(model);
  const ir::Value total = total_loss(lowering, model, objective, optimizer.dialect, rules);
  check(bool(total), ErrorCode::invalid_argument, "model \"", model.name, "\": there is no loss to train on");
  step.graph.outputs.insert(step.graph.outputs.begin(), {"loss", total});
  // Gradients are with respect to the values before the step: what the forward pass read first.
  ir::Values wrt;
  for (const VariablePtr& variable : optimizer.trained)
    wrt.push_back(step.graph.read(lowering.index_of(variable)));
  const ir::Values gradients = ir::gradients(scale_loss(lowering, optimizer, total), wrt);
  step.graph.label = optimizer.name;
  std::map<const Variable*, Constraint> constraints;
  for (const WeightRule& rule : rules)
    if (rule.constraint) constraints[rule.variable.get()] = rule.constraint;
  apply_gradients(lowering, optimizer, gradients, [&](const VariablePtr& variable, ir::Value value) {
    const auto found = constraints.find(variable.get());
    return found == constraints.end() ? value : constrain(found->second, value);
  });
  step.variables = std::move(lowering.variables);
  return step;
}

StepGraph build_evaluation(keras::Layer& model, const Objective& objective, Dialect dialect) {
  StepGraph step;
  keras::Lowering lowering(step.graph, false);
  ir::Value total = total_loss(lowering, model, objective, dialect, weight_rules(model));
  if (!total) total = ir::constant(step.graph, DType::float32, 0);
  step.graph.outputs.insert(step.graph.outputs.begin(), {"loss", total});
  step.variables = std::move(lowering.variables);
  return step;
}

}  // namespace keratin::train
