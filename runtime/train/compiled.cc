#include "runtime/train/compiled.h"

#include <algorithm>
#include <map>

#include "runtime/core/cast.h"
#include "runtime/core/error.h"
#include "runtime/core/shape.h"
#include "runtime/ir/evaluate.h"

namespace keratin::train {
namespace {

// Outputs of a step beside "loss": the value of one loss; sum and count of an added metric.
constexpr std::string_view kSum = "sum:", kCount = "count:";

ir::Value optional_input(ir::Graph& graph, const std::string& name, const std::optional<ir::Type>& type) {
  return type ? graph.input(name, *type) : ir::Value();
}

double number_of(const Tensor& value, std::size_t index = 0) {
  const Tensor number = cast_tensor(value, DType::float64);
  return number.data<double>()[index];
}

std::vector<std::string> names_of(const std::vector<NamedType>& types) {
  std::vector<std::string> names;
  for (const NamedType& type : types) names.push_back(type.name);
  return names;
}

std::optional<ir::Type> opened(const std::optional<Tensor>& value, const ir::Type& like) {
  if (!value) return std::nullopt;
  ir::Type type{value->dtype(), ir::to_dims(value->shape())};
  for (std::size_t axis = 0; axis < std::min(type.rank(), like.rank()); ++axis)
    if (!like.shape[axis].is_constant()) type.shape[axis] = like.shape[axis];
  return type;
}

Logs results_of(const std::string& name, const MetricObject& metric,
                const std::vector<VariablePtr>& variables) {
  ir::Graph graph;
  ir::Values state;
  std::vector<Tensor> values;
  for (const VariablePtr& variable : variables) {
    const ir::Type type{variable->dtype(), ir::to_dims(variable->shape())};
    state.push_back(graph.read(graph.declare_variable(variable->path, type)));
    values.push_back(variable->value());
  }
  graph.output(name, metric_result(metric, state));
  const Tensor result = ir::evaluate_graph(graph, {}, values)[0];
  if (result.rank() == 0) return {{name, number_of(result)}};
  Logs logs;
  for (std::size_t i = 0; i < result.elements(); ++i)
    logs.emplace_back(cat(name, "[", i, "]"), number_of(result, i));
  return logs;
}

}  // namespace

Compiled::Compiled(const CompileArguments& arguments, std::vector<NamedType> outputs, Flavour flavour,
                   Functions functions)
    : outputs_(std::move(outputs)),
      tasks_(tasks_of(arguments, names_of(outputs_), flavour)),
      flavour_(flavour),
      functions_(std::move(functions)) {
  reset();
}

bool Compiled::wants_target(std::size_t output) const {
  const OutputTask& task = tasks_[output];
  return !task.loss.is_null() || !task.metrics.empty() || !task.weighted_metrics.empty();
}

TargetTypes Compiled::types_of(const std::vector<std::optional<Tensor>>& targets,
                               const std::vector<std::optional<Tensor>>& weights) const {
  TargetTypes types;
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    types.targets.push_back(opened(targets[i], outputs_[i].type));
    types.weights.push_back(opened(weights[i], outputs_[i].type));
  }
  return types;
}

void Compiled::forget() {
  built_ = false;
  losses_.clear();
  metrics_.clear();
  reset();
}

LossObject Compiled::loss_of(const Json& identifier, const ir::Type& target,
                             const ir::Type& prediction) const {
  if (const auto* mine = find_function(functions_, identifier))
    return custom_loss(mine->first, mine->second, flavour_);
  return make_loss(identifier, target, prediction, flavour_);
}

MetricObject Compiled::metric_of(const Json& identifier, const ir::Type& target,
                                 const ir::Type& prediction) const {
  if (const auto* mine = find_function(functions_, identifier))
    return custom_metric(mine->first, mine->second, flavour_);
  return make_metric(identifier, target, prediction, flavour_);
}

void Compiled::build(const TargetTypes& types) {
  if (built_) return;
  add_losses(types);
  add_metrics(types, false);
  add_metrics(types, true);
  built_ = true;
  auto kept = std::move(kept_);
  reset();
  kept_ = std::move(kept);
  take_state();
}

void Compiled::add_losses(const TargetTypes& types) {
  std::vector<Loss> made;
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[i].loss.is_null() || !types.targets[i]) continue;
    made.push_back({tasks_[i].output + "_loss", loss_of(tasks_[i].loss, *types.targets[i], outputs_[i].type),
                    tasks_[i].loss_weight, i});
  }
  const bool reported = flavour_ == Flavour::keras3 ? made.size() > 1 : tasks_.size() > 1;
  for (Loss& loss : made)
    if (!reported) loss.name.clear();
  losses_ = std::move(made);
}

void Compiled::add_metrics(const TargetTypes& types, bool weighted) {
  std::map<std::string, int> seen;
  for (const Metric& metric : metrics_) ++seen[metric.name];
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    if (!types.targets[i]) continue;
    for (const Json& identifier : weighted ? tasks_[i].weighted_metrics : tasks_[i].metrics) {
      Metric made{{}, metric_of(identifier, *types.targets[i], outputs_[i].type), weighted, i, {}};
      const std::string prefix = tasks_.size() > 1 ? tasks_[i].output + "_" : "";
      made.name = prefix + made.metric.name;
      if (weighted && seen.count(made.name)) made.name = prefix + "weighted_" + made.metric.name;
      if (const int before = seen[made.name]++) made.name += "_" + std::to_string(before);
      for (const MetricVariable& spec : metric_variables(made.metric, outputs_[i].type))
        made.state.push_back(std::make_shared<Variable>(made.name + "/" + spec.name, spec.dtype, spec.shape,
                                                        false, VariableKind::training_state));
      metrics_.push_back(std::move(made));
    }
  }
}

Objective Compiled::objective(const TargetTypes& types) {
  return [this, types](keras::Lowering& lowering, const std::vector<Prediction>& predictions) {
    build(types);
    std::vector<Compared> compared;
    for (std::size_t i = 0; i < predictions.size(); ++i) {
      Compared& one = compared.emplace_back();
      one.y_pred = predictions[i].value;
      one.y_true = optional_input(lowering.graph, "y:" + predictions[i].name, types.targets[i]);
      one.sample_weight =
          optional_input(lowering.graph, "sample_weight:" + predictions[i].name, types.weights[i]);
      if (one.y_true) one = match_compiled(one, flavour_);
    }
    const ir::Value total = lower_losses(lowering, compared, predictions);
    lower_metrics(lowering, compared, predictions);
    return total;
  };
}

ir::Value Compiled::lower_losses(keras::Lowering& lowering, const std::vector<Compared>& compared,
                                 const std::vector<Prediction>& predictions) const {
  ir::Value total;
  for (const Loss& loss : losses_) {
    const Compared& one = compared[loss.output];
    if (!one.y_true) continue;
    ir::Value value =
        call_loss(loss.loss, one.y_true, one.y_pred, one.sample_weight, predictions[loss.output].mask);
    check(value.rank() == 0, ErrorCode::invalid_argument, "loss ", loss.loss.name, " of output \"",
          predictions[loss.output].name, "\": reduction \"none\" leaves no number to train on");
    if (flavour_ == Flavour::keras3) value = ir::cast(value, DType::float32);
    if (!loss.name.empty()) lowering.graph.output(loss.name, value);
    if (loss.weight) value = value * ir::constant_like(value, *loss.weight);
    total = total ? total + ir::cast(value, total.dtype()) : value;
  }
  return total;
}

void Compiled::lower_metrics(keras::Lowering& lowering, const std::vector<Compared>& compared,
                             const std::vector<Prediction>& predictions) const {
  for (const Metric& metric : metrics_) {
    const Compared& one = compared[metric.output];
    if (!one.y_true) continue;
    lowering.graph.label = metric.name;
    ir::Values state;
    for (const VariablePtr& variable : metric.state)
      state.push_back(lowering.graph.read(lowering.index_of(variable)));
    const ir::Value weight = metric.weighted ? one.sample_weight : ir::Value();
    const ir::Values next = update_metric(metric.metric, state,
                                          {one.y_true, one.y_pred, weight, predictions[metric.output].mask});
    for (std::size_t i = 0; i < next.size(); ++i)
      lowering.graph.assign(lowering.index_of(metric.state[i]), next[i]);
  }
  for (const auto& [name, value] : lowering.metrics) {
    const ir::Value values = ir::cast(value, DType::float32);
    lowering.graph.output(cat(kSum, name), sum_of(values));
    lowering.graph.output(cat(kCount, name), element_count(values, DType::float32));
  }
}

std::string Compiled::metric_class(const std::string& name) const {
  for (const Metric& metric : metrics_)
    if (metric.name == name || metric.metric.name == name) return metric.metric.def->class_name;
  return {};
}

void Compiled::reset() {
  for (const Metric& metric : metrics_)
    for (const VariablePtr& variable : metric.state)
      variable->assign(Tensor::zeros(variable->dtype(), variable->shape()));
  means_.clear();
  kept_.clear();
  mean("loss");
  for (const Loss& loss : losses_)
    if (!loss.name.empty()) mean(loss.name);
}

Compiled::Mean& Compiled::mean(const std::string& name) {
  for (auto& [known, value] : means_)
    if (known == name) return value;
  return means_.emplace_back(name, Mean()).second;
}

void Compiled::record(const std::vector<Tensor>& scalars, const std::vector<ir::Output>& outputs,
                      std::int64_t batch_size) {
  // Keras 3 on TensorFlow doesn't see the size of a batch where it weighs the losses of single outputs.
  const bool equal_parts = flavour_ == Flavour::keras3;
  for (std::size_t i = 0; i < scalars.size(); ++i) {
    const auto value = static_cast<float>(number_of(scalars[i]));
    const std::string& name = outputs[i].name;
    if (name.starts_with(kSum)) {
      mean(name.substr(kSum.size())).total += value;
    } else if (name.starts_with(kCount)) {
      mean(name.substr(kCount.size())).count += value;
    } else {
      Mean& mine = mean(name);
      const float weight = equal_parts && i > 0 ? 1 : static_cast<float>(batch_size);
      mine.total += value * weight;
      mine.count += weight;
    }
  }
}

Logs Compiled::logs() const {
  Logs logs;
  const std::size_t parts =
      1 + static_cast<std::size_t>(std::count_if(losses_.begin(), losses_.end(),
                                                 [](const Loss& loss) { return !loss.name.empty(); }));
  auto add_means = [&](std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) logs.emplace_back(means_[i].first, means_[i].second.result());
  };
  add_means(0, std::min(parts, means_.size()));
  for (const Metric& metric : metrics_)
    for (auto& entry : results_of(metric.name, metric.metric, metric.state)) logs.push_back(std::move(entry));
  add_means(std::min(parts, means_.size()), means_.size());
  if (flavour_ == Flavour::keras3) std::sort(logs.begin(), logs.end());
  return logs;
}

std::vector<std::pair<std::string, Tensor>> Compiled::state() const {
  std::vector<std::pair<std::string, Tensor>> state;
  for (const auto& [name, mean] : means_)
    state.emplace_back("mean:" + name, Tensor::of<float>({2}, {mean.total, mean.count}));
  for (const Metric& metric : metrics_)
    for (const VariablePtr& variable : metric.state)
      state.emplace_back(variable->path, variable->value().clone());
  return state;
}

void Compiled::set_state(std::vector<std::pair<std::string, Tensor>> state) {
  kept_ = std::move(state);
  if (built_) take_state();
}

void Compiled::take_state() {
  for (auto& [name, value] : std::exchange(kept_, {})) {
    if (name.starts_with("mean:")) {
      mean(name.substr(5)) = {value.data<float>()[0], value.data<float>()[1]};
      continue;
    }
    for (const Metric& metric : metrics_)
      for (const VariablePtr& variable : metric.state)
        if (variable->path == name) variable->assign(value);
  }
}

}  // namespace keratin::train
