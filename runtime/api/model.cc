#include "keratin/model.h"

#include <algorithm>
#include <thread>

#include "runtime/api/custom_state.h"
#include "runtime/api/state.h"
#include "runtime/core/cast.h"
#include "runtime/core/error.h"
#include "runtime/core/shape.h"
#include "runtime/keras/save.h"

namespace keratin {
inline namespace v1 {
namespace {

int thread_count(int wanted) {
  check(wanted >= 0, ErrorCode::invalid_argument, "threads: ", wanted, ", expected 0 (all cores) or more");
  return wanted ? wanted : std::max(1u, std::thread::hardware_concurrency());
}

// x's tensors in the order of the specs, cast to their dtypes.
std::vector<Tensor> matched(const std::vector<TensorSpec>& specs, const NamedTensors& x) {
  std::vector<Tensor> found(specs.size());
  std::vector<char> used(x.size());
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const std::string position = "x" + std::to_string(i);
    for (std::size_t k = 0; k < x.size(); ++k) {
      const std::string& key = x[k].first;
      if (key != specs[i].name && key != position && !(specs.size() == 1 && key == "x")) continue;
      found[i] = cast_tensor(x[k].second, specs[i].dtype);
      used[k] = 1;
    }
    bool any = false;
    for (std::size_t k = 0; k < x.size(); ++k)
      any |= used[k] && (x[k].first == specs[i].name || x[k].first == position || x[k].first == "x");
    check(any, ErrorCode::data_mismatch, "input \"", specs[i].name, "\" is missing; give it under this name",
          specs.size() == 1 ? " or as x" : cat(" or as ", position));
  }
  for (std::size_t k = 0; k < x.size(); ++k)
    check(used[k], ErrorCode::data_mismatch, "key \"", x[k].first, "\" is no input of the model");
  return found;
}

Tensor rows(const Tensor& tensor, std::int64_t first, std::int64_t count) {
  Shape shape = tensor.shape();
  shape[0] = count;
  const std::size_t row = tensor.dim(0) ? tensor.bytes() / static_cast<std::size_t>(tensor.dim(0)) : 0;
  auto owner = std::make_shared<Tensor>(tensor);
  return Tensor(tensor.dtype(), std::move(shape), owner,
                static_cast<const std::byte*>(tensor.raw()) + static_cast<std::size_t>(first) * row);
}

// Batches go through one context each of full and of last size; results are joined along axis 0.
std::vector<Tensor> run_batches(const Predictor& predictor, const std::vector<Tensor>& inputs,
                                const PredictOptions& options) {
  check(options.batch_size > 0, ErrorCode::invalid_argument, "batch_size ", options.batch_size,
        ": expected a positive number");
  const std::int64_t total = inputs[0].rank() ? inputs[0].dim(0) : 0;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    check(inputs[i].rank() > 0 && inputs[i].dim(0) == total, ErrorCode::data_mismatch, "input \"",
          predictor.inputs()[i].name, "\": ", inputs[i].rank() ? inputs[i].dim(0) : 0,
          " samples, another input has ", total);
  check(total > 0, ErrorCode::data_mismatch, "input \"", predictor.inputs()[0].name, "\" holds no samples");
  Context context = predictor.context();
  std::vector<Tensor> results(predictor.outputs().size());
  for (std::int64_t start = 0; start < total; start += options.batch_size) {
    const std::int64_t count = std::min(options.batch_size, total - start);
    std::vector<Tensor> batch, outputs;
    for (const Tensor& input : inputs) batch.push_back(rows(input, start, count));
    context.run(batch, outputs);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (count == total) {
        results[i] = outputs[i];
        continue;
      }
      check(outputs[i].rank() > 0 && outputs[i].dim(0) == count, ErrorCode::unsupported, "output \"",
            predictor.outputs()[i].name, "\" has no batch dimension: predict it in one batch");
      Shape shape = outputs[i].shape();
      shape[0] = total;
      if (start == 0) results[i] = Tensor(outputs[i].dtype(), std::move(shape));
      const std::size_t row = outputs[i].bytes() / static_cast<std::size_t>(count);
      if (row)
        std::memcpy(static_cast<std::byte*>(results[i].raw()) + static_cast<std::size_t>(start) * row,
                    outputs[i].raw(), outputs[i].bytes());
    }
    if (options.progress) options.progress(start + count, total);
  }
  return results;
}

void add_lines(std::vector<std::string>& lines, const char* what, const std::vector<std::string>& items) {
  for (const std::string& item : items) lines.push_back(std::string(what) + item);
}

std::vector<std::string> lines_of(const keras::LoadReport& report) {
  std::vector<std::string> lines;
  add_lines(lines, "", report.notes);
  add_lines(lines, "converted: ", report.converted);
  add_lines(lines, "left as it was: ", report.unset);
  add_lines(lines, "skipped: ", report.skipped);
  add_lines(lines, "without a place in the model: ", report.unused);
  return lines;
}

}  // namespace

std::shared_ptr<exec::Program> Model::State::program(bool training_branch) {
  std::shared_ptr<exec::Program>& program = training_branch ? training : inference;
  if (!program) {
    keras::LoweredModel lowered = keras::lower_model(*model, training_branch);
    if (training_branch) lowered.graph.updates.clear();  // predict changes no state
    exec::CompileOptions options;
    options.threads = threads;
    options.name = model->name;
    program =
        std::make_shared<exec::Program>(std::move(lowered.graph), std::move(lowered.variables), options);
  }
  return program;
}

std::uint64_t Model::State::version() const {
  std::uint64_t sum = 1;
  for (const VariablePtr& variable : model->variables()) sum += variable->version();
  return sum;
}

Predictor Model::State::predictor() {
  std::lock_guard lock(mutex);
  const std::uint64_t now = version();
  if (!current || current_version != now) {
    current = std::make_shared<Predictor::State>();
    current->program = program(false);
    current->snapshot = current->program->snapshot();
    current->threads = threads;
    const ir::Graph& graph = current->program->graph();
    for (const ir::Value& input : graph.inputs)
      current->inputs.push_back(spec_of(input.node->get<std::string>("name"), input.type()));
    for (const ir::Output& output : graph.outputs)
      current->outputs.push_back(spec_of(output.name, output.value.type()));
    current->checks = std::make_shared<std::vector<std::function<void()>>>(std::move(document.checks));
    document.checks.clear();
    current_version = now;
  }
  Predictor handle;
  handle.state_ = current;
  return handle;
}

Model::State& Model::state() const {
  check(state_ != nullptr, ErrorCode::invalid_argument, "this Model is empty; load or build one");
  return *state_;
}
Model Model::of(std::shared_ptr<State> state) {
  Model model;
  model.state_ = std::move(state);
  return model;
}

Predictor Model::predictor() const { return state().predictor(); }

NamedTensors Model::predict(const NamedTensors& x, const PredictOptions& options) const {
  Predictor handle = state().predictor();
  if (options.training) {
    auto branch = std::make_shared<Predictor::State>();
    {
      std::lock_guard lock(state().mutex);
      branch->program = state().program(true);
    }
    branch->snapshot = branch->program->snapshot();
    branch->threads = state().threads;
    branch->inputs = handle.inputs();
    branch->outputs = handle.outputs();
    handle.state_ = std::move(branch);
  }
  std::vector<Tensor> results = run_batches(handle, matched(handle.inputs(), x), options);
  NamedTensors named;
  for (std::size_t i = 0; i < results.size(); ++i)
    named.emplace_back(handle.outputs()[i].name, std::move(results[i]));
  return named;
}

Tensor Model::predict(const Tensor& x, const PredictOptions& options) const {
  NamedTensors results = predict(NamedTensors{{"x", x}}, options);
  check(results.size() == 1, ErrorCode::invalid_argument, "the model has ", results.size(),
        " outputs; predict with named tensors");
  return std::move(results[0].second);
}

std::string Model::name() const { return state().model->name; }
std::vector<TensorSpec> Model::inputs() const {
  std::lock_guard lock(state().mutex);
  std::vector<TensorSpec> specs;
  for (const ir::Value& input : state().program(false)->graph().inputs)
    specs.push_back(spec_of(input.node->get<std::string>("name"), input.type()));
  return specs;
}
std::vector<TensorSpec> Model::outputs() const {
  std::lock_guard lock(state().mutex);
  std::vector<TensorSpec> specs;
  for (const ir::Output& output : state().program(false)->graph().outputs)
    specs.push_back(spec_of(output.name, output.value.type()));
  return specs;
}

std::vector<VariableSpec> Model::variables() const {
  const std::vector<VariablePtr> trained = state().model->trainable_variables();
  std::vector<VariableSpec> specs;
  for (const VariablePtr& variable : state().model->variables())
    specs.push_back({variable->path, variable->dtype(), variable->shape(),
                     std::find(trained.begin(), trained.end(), variable) != trained.end()});
  return specs;
}

std::vector<Tensor> Model::get_weights() const {
  std::vector<Tensor> values;
  for (const VariablePtr& variable : state().model->variables()) values.push_back(variable->value());
  return values;
}

void Model::set_weights(const std::vector<Tensor>& values) {
  const std::vector<VariablePtr> variables = state().model->variables();
  check(values.size() == variables.size(), ErrorCode::invalid_argument, values.size(),
        " weights given, the model has ", variables.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    check(values[i].dtype() == variables[i]->dtype() && values[i].shape() == variables[i]->shape(),
          ErrorCode::invalid_argument, "weight ", i, " (", variables[i]->path,
          "): ", name_of(values[i].dtype()), " ", to_string(values[i].shape()), " given, expected ",
          name_of(variables[i]->dtype()), " ", to_string(variables[i]->shape()));
  for (std::size_t i = 0; i < values.size(); ++i) variables[i]->assign(values[i].clone());
}

void Model::load_weights(const std::string& path, bool by_name, bool skip_mismatch) {
  const serialization::ModelDocument document = serialization::read_document(path);
  for (const auto& one : document.checks) one();
  keras::load_weights(*state().model, document, {by_name, skip_mismatch, nullptr}, ErrorCode::data_mismatch,
                      state().report);
  state().report_lines = lines_of(state().report);
}

void Model::save(const std::string& path) const {
  check(path.ends_with(".keras"), ErrorCode::unsupported, path, ": only .keras files are written yet");
  serialization::write_document(keras::make_document(*state().model), path, ".keras");
}

const std::vector<std::string>& Model::report() const { return state().report_lines; }

std::string Model::to_json() const { return serialization::print_json(keras::layer_config(*state().model)); }

namespace {

// Unset variables: an architecture is initialised when asked; a file that lacks some is refused unless asked
// otherwise.
void settle_unset(keras::Layer& model, const std::string& file, const LoadOptions& options, ErrorCode code,
                  keras::LoadReport& report) {
  const std::vector<std::string> unset = keras::unset_variables(model);
  if (unset.empty()) return;
  if (!options.initialise && !options.by_name && !options.skip_mismatch) {
    std::string names;
    for (std::size_t i = 0; i < unset.size() && i < 8; ++i) names += (i ? ", " : "") + unset[i];
    fail(code, file, ": no values for ", unset.size(), " variables: ", names, unset.size() > 8 ? ", …" : "",
         "; name a file with weights");
  }
  keras::initialise(model, options.seed);
  report.unset = unset;
}

void load_all_weights(keras::Layer& model, const serialization::ModelDocument& document,
                      const LoadOptions& options, keras::LoadReport& report) {
  using serialization::WeightsLayout;
  if (document.layout != WeightsLayout::none)
    keras::load_weights(model, document, {options.by_name, options.skip_mismatch, nullptr},
                        options.architecture.empty() ? ErrorCode::corrupt_file : ErrorCode::data_mismatch,
                        report);
  ErrorCode code =
      document.layout == WeightsLayout::none ? ErrorCode::data_mismatch : ErrorCode::corrupt_file;
  if (!options.weights.empty()) {
    const serialization::ModelDocument overlay = serialization::read_document(options.weights);
    for (const auto& one : overlay.checks) one();
    keras::load_weights(model, overlay, {options.by_name, options.skip_mismatch, nullptr},
                        ErrorCode::data_mismatch, report);
    code = ErrorCode::data_mismatch;
  }
  settle_unset(model, document.file, options, code, report);
}

}  // namespace

Model load_model(const std::string& path, const LoadOptions& options) {
  check(options.device == "auto" || options.device == "cpu", ErrorCode::device, "device \"", options.device,
        "\" is not available; this build runs on the cpu");
  const CustomScope scope(options.custom_objects);
  auto state = std::make_shared<Model::State>();
  state->threads = thread_count(options.threads);
  state->document = serialization::read_document(path);
  if (!options.architecture.empty()) {
    const serialization::ModelDocument architecture = serialization::read_document(options.architecture);
    state->model = keras::make_model(architecture, state->report);
  } else {
    state->model = keras::make_model(state->document, state->report);
  }
  load_all_weights(*state->model, state->document, options, state->report);
  state->report_lines = lines_of(state->report);
  return Model::of(std::move(state));
}

Model model_from_json(const std::string& text, const LoadOptions& options) {
  const CustomScope scope(options.custom_objects);
  auto state = std::make_shared<Model::State>();
  state->threads = thread_count(options.threads);
  state->document.file = "JSON";
  state->document.format = "json";
  state->document.config = serialization::parse_json(text, "JSON");
  state->model = keras::make_model(state->document, state->report);
  keras::initialise(*state->model, options.seed);
  return Model::of(std::move(state));
}

}  // namespace v1
}  // namespace keratin
