// Compiling a model: what it is trained with, from options or from its file.
#include <algorithm>

#include "runtime/api/custom_state.h"
#include "runtime/api/layer_state.h"
#include "runtime/api/training.h"
#include "runtime/core/cast.h"
#include "runtime/core/error.h"
#include "runtime/train/kind.h"

namespace keratin {
inline namespace v1 {
namespace {

using serialization::Json;

std::string quoted(const std::string& name) { return serialization::print_json(Json(name)); }

// A JSON object that is one of Keras' object forms, as text.
std::string object_form(const std::string& json, const char* what) {
  const Json object = serialization::parse_json(json, what);
  check(object.is_string() || object.find("class_name"), ErrorCode::invalid_argument, what,
        ": expected {\"class_name\": …, \"config\": …}, found ", json.substr(0, 80));
  return json;
}

train::Function inner(LossFunction function) {
  return [function = std::move(function)](ir::Value y_true, ir::Value y_pred) {
    return ops::inner(function(ops::outer(y_true), ops::outer(y_pred)));
  };
}

// Options as Keras' arguments; the user's functions are collected under their names.
class Arguments {
 public:
  explicit Arguments(train::Functions& functions) : functions_(functions) {}

  template <class Object>
  Json one(const Object& object) {
    Json json = serialization::parse_json(object.json(), "compile");
    if (object.function()) functions_[json.as_string()] = inner(object.function());
    return json;
  }
  template <class Object>
  Json list(const std::vector<Object>& objects) {
    Json::Array found;
    for (const Object& object : objects) found.push_back(one(object));
    return found;
  }
  Json losses(const Losses& losses) {
    if (losses.all) return one(*losses.all);
    if (!losses.each.empty()) return list(losses.each);
    Json dict;
    for (const auto& [output, loss] : losses.by_output) dict[output] = one(loss);
    return dict;
  }
  Json metrics(const Metrics& metrics) {
    if (!metrics.all.empty()) return list(metrics.all);
    Json dict;
    for (const auto& [output, of_output] : metrics.by_output) dict[output] = list(of_output);
    return dict;
  }

 private:
  train::Functions& functions_;
};

bool is_half(const keras::Layer& model) {
  bool found = false;
  model.visit([&](const keras::Layer& layer) {
    found |= layer.dtype.compute() == DType::float16 && layer.dtype.variable() == DType::float32;
  });
  return found;
}

// Keras' compile does this to every optimizer of a model in mixed_float16.
train::OptimizerPtr scaled(const Json& optimizer, train::Dialect dialect) {
  Json wrapped;
  wrapped["class_name"] = "LossScaleOptimizer";
  wrapped["config"]["inner_optimizer"] = optimizer;
  return train::make_optimizer(wrapped, dialect);
}

// The wrapped one's state in a file that tells of the inner optimizer alone.
bool holds_scaled(const serialization::ModelDocument& document) {
  const std::string root = document.weights_root + "/optimizer/inner_optimizer/";
  const auto found = document.weights.tensors.lower_bound(root);
  return found != document.weights.tensors.end() && found->first.starts_with(root);
}

std::vector<train::NamedType> outputs_of(Model::State& state) {
  std::lock_guard lock(state.home->mutex);
  std::vector<train::NamedType> outputs;
  for (const ir::Output& output : state.program(false)->graph().outputs)
    outputs.push_back({output.name, output.value.type()});
  return outputs;
}

std::vector<std::string> output_names(Model::State& state) {
  std::vector<std::string> names;
  for (const train::NamedType& output : outputs_of(state)) names.push_back(output.name);
  return names;
}

train::Functions functions_of(const CustomObjects& objects) {
  train::Functions functions;
  const CustomObjects* const sources[] = {&CustomObjects::process_default(), &objects};
  for (const CustomObjects* from : sources)
    for (const auto& [name, function] : from->state().losses) functions[name] = inner(function);
  return functions;
}

std::shared_ptr<Training> new_training(Model::State& state, train::CompileArguments arguments,
                                       train::OptimizerPtr optimizer, train::Functions functions) {
  auto made = std::make_shared<Training>();
  train::Compiled compiled(arguments, outputs_of(state), train::flavour_of(state.dialect), functions);
  made->arguments = std::move(arguments);
  made->functions = std::move(functions);
  made->optimizer = std::move(optimizer);
  made->trainer = std::make_unique<train::Trainer>(state.home->model, made->optimizer, std::move(compiled),
                                                   state.dialect, state.threads);
  return made;
}

std::shared_ptr<Training> restored(Model::State& state) {
  const serialization::ModelDocument& document = state.compiled_file->document;
  state.checks->finish();
  train::OptimizerPtr optimizer = train::read_optimizer(document);
  if (optimizer && holds_scaled(document) && !optimizer->def->loss_scale)
    optimizer = scaled(train::optimizer_json(*optimizer), optimizer->dialect);
  if (optimizer) {
    optimizer->build(state.compiled_file->trainable);
    keras::LoadReport report;
    train::restore_state(*optimizer, document, report);
    for (std::string& line : lines_of(report)) state.report_lines.push_back(std::move(line));
  }
  return new_training(state, train::read_arguments(document, output_names(state)), optimizer,
                      functions_of(state.custom_objects));
}

}  // namespace

Schedule Schedule::from_config(const std::string& json) {
  Schedule made;
  made.json_ = object_form(json, "schedule");
  return made;
}
LearningRate::LearningRate(double value) : json_(serialization::print_json(Json(value))) {}
Optimizer::Optimizer(const char* name) : json_(quoted(name)) {}
Optimizer::Optimizer(const std::string& name) : json_(quoted(name)) {}
Optimizer Optimizer::from_config(const std::string& json) {
  Optimizer made;
  made.json_ = object_form(json, "optimizer");
  return made;
}
Loss::Loss(const char* name) : json_(quoted(name)) {}
Loss::Loss(const std::string& name) : json_(quoted(name)) {}
Loss::Loss(const std::string& name, LossFunction function)
    : json_(quoted(name)), function_(std::move(function)) {}
Loss Loss::from_config(const std::string& json) {
  Loss made;
  made.json_ = object_form(json, "loss");
  return made;
}
Metric::Metric(const char* name) : json_(quoted(name)) {}
Metric::Metric(const std::string& name) : json_(quoted(name)) {}
Metric::Metric(const std::string& name, LossFunction function)
    : json_(quoted(name)), function_(std::move(function)) {}
Metric Metric::from_config(const std::string& json) {
  Metric made;
  made.json_ = object_form(json, "metric");
  return made;
}

Training& training_of(Model::State& state) {
  if (!state.training_state) {
    check(state.compiled_file.has_value(), ErrorCode::invalid_argument, "model \"", state.model().name,
          "\" isn't compiled; call compile with an optimizer and a loss");
    state.training_state = restored(state);
    state.compiled_file.reset();
  }
  return *state.training_state;
}

void store_training(Model::State& state, serialization::ModelDocument& document) {
  if (!state.training_state && !state.compiled_file) return;
  const Training& training = training_of(state);
  const train::Dialect dialect = train::dialect_of(document);
  const train::Flavour from = train::flavour_of(state.dialect), to = train::flavour_of(dialect);
  train::OptimizerPtr optimizer = training.optimizer;
  if (optimizer && optimizer->dialect != dialect) optimizer = train::convert_optimizer(*optimizer, dialect);
  train::store_compiled(train::converted(training.arguments, output_names(state), from, to), optimizer.get(),
                        document);
}

namespace {

// What the user asks for is refused now, not when the first targets come.
void check_known(const train::CompileArguments& arguments, const std::vector<std::string>& outputs,
                 const train::Functions& functions, train::Flavour flavour) {
  for (const train::OutputTask& task : train::tasks_of(arguments, outputs, flavour)) {
    if (!train::find_function(functions, task.loss) && !train::is_one_of(task.loss, {"crossentropy", "ce"}))
      train::make_loss(task.loss, flavour);
    for (const auto* metrics : {&task.metrics, &task.weighted_metrics})
      for (const Json& metric : *metrics)
        if (!train::find_function(functions, metric) &&
            !train::is_one_of(metric, {"crossentropy", "ce", "acc"}))
          train::make_metric(metric, flavour);
  }
}

}  // namespace

std::vector<std::string> training_problems(Model::State& state) {
  std::vector<std::string> problems;
  if (!state.compiled_file) return problems;
  const std::size_t before = state.report_lines.size();
  try {
    const Training& training = training_of(state);
    check_known(training.arguments, output_names(state), training.functions,
                train::flavour_of(state.dialect));
  } catch (const Error& e) {
    problems.push_back(e.what());
  }
  problems.insert(problems.end(), state.report_lines.begin() + static_cast<std::ptrdiff_t>(before),
                  state.report_lines.end());
  return problems;
}

bool Model::compiled() const { return state().training_state || state().compiled_file; }

namespace {

// The one that counts and has a learning rate.
const train::Optimizer& innermost(const train::OptimizerPtr& optimizer) {
  check(optimizer != nullptr, ErrorCode::invalid_argument, "the model has no optimizer; compile it with one");
  const train::Optimizer* found = optimizer.get();
  while (found->def->loss_scale && found->inner.size() == 1) found = found->inner[0].get();
  return *found;
}

train::OptimizerPtr made_optimizer(Model::State& s, const Optimizer& wanted, bool scale) {
  const Json object = serialization::parse_json(wanted.json(), "optimizer");
  train::OptimizerPtr optimizer = blaming_caller([&] { return train::make_optimizer(object, s.dialect); });
  if (!scale || !is_half(s.model()) || optimizer->def->loss_scale) return optimizer;
  return scaled(train::optimizer_json(*optimizer), s.dialect);
}

void take(Model::State& s, train::CompileArguments arguments, train::OptimizerPtr optimizer,
          train::Functions functions) {
  blaming_caller([&] { check_known(arguments, output_names(s), functions, train::flavour_of(s.dialect)); });
  s.training_state = new_training(s, std::move(arguments), std::move(optimizer), std::move(functions));
  s.compiled_file.reset();
}

}  // namespace

void Model::compile(const CompileOptions& options) {
  State& s = state();
  const Writing writing(s.home);
  train::Functions functions = functions_of(s.custom_objects);
  Arguments reading(functions);
  train::CompileArguments arguments;
  arguments.loss = reading.losses(options.loss);
  arguments.metrics = reading.metrics(options.metrics);
  arguments.weighted_metrics = reading.metrics(options.weighted_metrics);
  if (!options.loss_weights.empty())
    arguments.loss_weights = Json::Array(options.loss_weights.begin(), options.loss_weights.end());
  take(s, std::move(arguments), made_optimizer(s, options.optimizer, options.auto_scale_loss),
       std::move(functions));
}

void Model::recompile(const RecompileOptions& options) {
  State& s = state();
  const Writing writing(s.home);
  const Training& before = training_of(s);
  train::Functions functions = before.functions;
  Arguments reading(functions);
  train::CompileArguments arguments = before.arguments;
  if (options.loss) arguments.loss = reading.losses(*options.loss), arguments.loss_weights = {};
  if (options.metrics) arguments.metrics = reading.metrics(*options.metrics), arguments.weighted_metrics = {};
  train::OptimizerPtr optimizer = before.optimizer;
  if (options.optimizer) {
    const train::OptimizerPtr wanted = made_optimizer(s, *options.optimizer, true);
    const bool same = optimizer && innermost(optimizer).def == innermost(wanted).def;
    if (!same) optimizer = wanted;
  }
  if (optimizer && optimizer->built() && optimizer->trained != s.model().trainable_variables())
    optimizer = train::rebuilt(*optimizer, s.model().trainable_variables());
  take(s, std::move(arguments), std::move(optimizer), std::move(functions));
}

double Model::learning_rate() const {
  const train::Optimizer& optimizer = innermost(training_of(state()).optimizer);
  check(optimizer.learning_rate != nullptr, ErrorCode::invalid_argument, "optimizer ",
        optimizer.def->class_name, " has a schedule; it has no learning rate of its own");
  const Tensor value = cast_tensor(optimizer.learning_rate->value(), DType::float64);
  return *value.data<double>();
}

void Model::set_learning_rate(double value) {
  const Writing writing(state().home);
  const train::Optimizer& optimizer = innermost(training_of(state()).optimizer);
  check(optimizer.learning_rate != nullptr, ErrorCode::invalid_argument, "optimizer ",
        optimizer.def->class_name, " has a schedule; its learning rate can't be set");
  optimizer.learning_rate->assign(
      cast_tensor(Tensor::of<double>({}, {value}), optimizer.learning_rate->dtype()));
}

std::int64_t Model::iterations() const {
  const train::Optimizer& optimizer = innermost(training_of(state()).optimizer);
  const Tensor value = cast_tensor(optimizer.iteration->value(), DType::int64);
  return *value.data<std::int64_t>();
}

std::string Model::optimizer_config() const {
  const train::OptimizerPtr& optimizer = training_of(state()).optimizer;
  return optimizer ? serialization::print_json(train::optimizer_json(*optimizer)) : "null";
}

void Model::stop_training() { training_of(state()).stop = true; }

}  // namespace v1
}  // namespace keratin
