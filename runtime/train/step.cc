#include "runtime/train/step.h"

#include <map>

#include "runtime/core/error.h"
#include "runtime/train/regularization.h"

namespace keratin::train {
namespace {

// The sum of the losses of all outputs, of what layers add, and of regularizers.
ir::Value total_loss(keras::Lowering& lowering, keras::Layer& model, Loss loss, Dialect dialect,
                     const std::vector<WeightRule>& rules) {
  ir::Values penalties;
  collect_activity_penalties(lowering, penalties);
  keras::lower_model_into(lowering, model);
  lowering.observe = nullptr;
  const std::vector<ir::Output> predictions = std::exchange(lowering.graph.outputs, {});
  ir::Value total;
  auto add = [&](ir::Value more) { total = total ? total + ir::cast(more, total.dtype()) : more; };
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    const ir::Value y = predictions[i].value;
    add(loss(lowering.graph.input("y" + std::to_string(i), y.type()), y));
  }
  for (const ir::Value& more : lowering.losses) add(more);
  for (const ir::Value& more : penalties) add(more);
  for (const WeightRule& rule : rules)
    if (rule.regularizer && (rule.trainable || !is_keras_3(dialect)))  // Keras 3 leaves frozen weights out
      add(penalty_of(rule.regularizer, lowering.graph.read(lowering.index_of(rule.variable))));
  return total;
}

void build_for(Optimizer& optimizer, const std::vector<VariablePtr>& variables) {
  if (!optimizer.built()) return optimizer.build(variables);
  check(optimizer.trained == variables, ErrorCode::invalid_argument, "optimizer ", optimizer.def->class_name,
        " was built for ", optimizer.trained.size(), " other variables; make a new one for this model");
}

}  // namespace

ir::Value mean_squared_error(ir::Value target, ir::Value prediction) {
  const ir::Value squared = ir::square(prediction - target);
  ir::Ints all;
  for (std::size_t i = 0; i < squared.rank(); ++i) all.push_back(static_cast<std::int64_t>(i));
  return ir::mean(squared, std::move(all));
}

StepGraph build_step(keras::Layer& model, Loss loss, Optimizer& optimizer) {
  build_for(optimizer, model.trainable_variables());
  StepGraph step;
  keras::Lowering lowering(step.graph, true);
  const std::vector<WeightRule> rules = weight_rules(model);
  const ir::Value total = total_loss(lowering, model, loss, optimizer.dialect, rules);
  step.graph.output("loss", total);
  // Gradients are with respect to the values before the step: what the forward pass read first.
  ir::Values wrt;
  for (const VariablePtr& variable : optimizer.trained)
    wrt.push_back(step.graph.read(lowering.index_of(variable)));
  const ir::Values gradients = ir::gradients(scale_loss(lowering, optimizer, total), wrt);
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

}  // namespace keratin::train
