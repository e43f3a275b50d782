// Loading: a model from a file, weights into it, and what a file holds without making its model.
#include <algorithm>
#include <thread>

#include "keratin/custom.h"
#include "runtime/api/state.h"
#include "runtime/core/error.h"

namespace keratin {
inline namespace v1 {
namespace {

using serialization::ModelDocument;
using serialization::WeightsLayout;

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void add_lines(std::vector<std::string>& lines, const char* what, const std::vector<std::string>& items) {
  for (const std::string& item : items) lines.push_back(std::string(what) + item);
}

bool is_stored(const Variable& variable) {
  return variable.kind != VariableKind::seed && variable.kind != VariableKind::call_state;
}

// Points the model's variables at another file's. Those that it leaves unset are refused unless asked
// otherwise.
void overlay(keras::Layer& model, const std::string& path, const WeightOptions& options,
             keras::LoadReport& report) {
  ModelDocument document = serialization::read_document(path);
  check(!options.by_name || document.layout != WeightsLayout::v3, ErrorCode::data_mismatch, path,
        ": its weights are not stored by the layers' names, so they can't be paired by name. Leave that out, "
        "or skip mismatches");
  if (document.backend.empty()) document.backend = options.backend;
  for (const auto& one : document.checks) one();
  const std::vector<VariablePtr> variables = model.variables();
  std::vector<std::uint64_t> versions;
  for (const VariablePtr& variable : variables) versions.push_back(variable->version());
  keras::load_weights(model, document, {options.by_name, options.skip_mismatch}, ErrorCode::data_mismatch,
                      report);
  report.unset.clear();
  for (std::size_t i = 0; i < variables.size(); ++i)
    if (is_stored(*variables[i]) && variables[i]->version() == versions[i])
      report.unset.push_back(variables[i]->path);
  check(report.unset.empty() || options.by_name || options.skip_mismatch, ErrorCode::data_mismatch, path,
        ": no values for ", report.unset.size(), " variables of the model: ", joined(report.unset),
        "; they may stay as they are by name, or when mismatches are skipped");
}

// Variables without a value: an architecture is initialised when asked; a file that lacks some is refused
// unless asked otherwise.
void settle_unset(keras::Layer& model, const std::string& file, const LoadOptions& options, bool initialise,
                  ErrorCode code, keras::LoadReport& report) {
  const std::vector<std::string> unset = keras::unset_variables(model);
  if (unset.empty()) return;
  check(initialise || options.by_name || options.skip_mismatch, code, file, ": no values for ", unset.size(),
        " variables: ", joined(unset), "; name a file with weights");
  keras::initialise(model, options.seed);
  if (initialise) return;  // that nothing had a value is no news
  for (const std::string& path : unset)
    if (std::find(report.unset.begin(), report.unset.end(), path) == report.unset.end())
      report.unset.push_back(path);
}

void load_all_weights(keras::Layer& model, const ModelDocument& document, const LoadOptions& options,
                      keras::LoadReport& report) {
  const bool own = document.layout != WeightsLayout::none && options.architecture.empty();
  const ErrorCode code = own ? ErrorCode::corrupt_file : ErrorCode::data_mismatch;
  if (document.layout == WeightsLayout::v3 && document.weights.tensors.empty())
    for (const auto& one : document.checks) one();  // which may know why there are none
  if (document.layout != WeightsLayout::none)
    keras::load_weights(model, document, {options.by_name, options.skip_mismatch}, code, report);
  if (!options.weights.empty())
    overlay(model, options.weights, {options.by_name, options.skip_mismatch, options.backend}, report);
  const bool alone = document.layout == WeightsLayout::none && options.weights.empty();
  settle_unset(model, document.file, options, alone && options.initialise,
               options.weights.empty() ? code : ErrorCode::data_mismatch, report);
}

Model made(ModelDocument document, const LoadOptions& options) {
  const CustomScope scope(options.custom_objects);
  if (document.backend.empty()) document.backend = options.backend;
  keras::LoadReport report;
  keras::LayerPtr layer;
  if (options.architecture.empty()) {
    layer = keras::make_model(document, report);
  } else {
    layer = keras::make_model(serialization::read_document(options.architecture), report);
  }
  auto state = std::make_shared<Model::State>(std::move(layer));
  state->custom_objects = options.custom_objects;
  state->threads = thread_count(options.threads);
  state->file = document.file;
  load_all_weights(state->model(), document, options, report);
  state->checks = std::make_shared<Checks>(std::move(document.checks));
  state->dialect = train::dialect_of(document);
  if (options.compile && options.architecture.empty() && !document.training_config.is_null()) {
    state->compiled_file = {std::move(document), state->model().trainable_variables()};
    report.training_arrays = 0;  // read when training wants them
  }
  state->report_lines = lines_of(report);
  state->report = std::move(report);
  return Model::of(std::move(state));
}

}  // namespace

std::vector<std::string> lines_of(const keras::LoadReport& report) {
  std::vector<std::string> lines;
  add_lines(lines, "", report.notes);
  add_lines(lines, "converted: ", report.converted);
  add_lines(lines, "left as it was: ", report.unset);
  add_lines(lines, "skipped: ", report.skipped);
  add_lines(lines, "without a place in the model: ", report.unused);
  if (report.training_arrays)
    lines.push_back(
        cat(report.training_arrays, " arrays of optimizer and metrics are not the model's weights"));
  return lines;
}

int thread_count(int wanted) {
  check(wanted >= 0, ErrorCode::invalid_argument, "threads: ", wanted, ", expected 0 (all cores) or more");
  return wanted ? wanted : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

Model load_model(const std::string& path, const LoadOptions& options) {
  check(options.device == "auto" || options.device == "cpu", ErrorCode::device, "device \"", options.device,
        "\" is not available; this build runs on the cpu");
  thread_count(options.threads);
  return made(serialization::read_document(path), options);
}

Model model_from_json(const std::string& text, const LoadOptions& options) {
  ModelDocument document;
  document.file = "JSON";
  document.format = "json";
  document.config = serialization::parse_json(text, "JSON");
  LoadOptions fresh = options;
  fresh.initialise = true;
  return made(std::move(document), fresh);
}

Model Model::from_config(const std::string& json, const CustomObjects& custom_objects) {
  LoadOptions options;
  options.custom_objects = custom_objects;
  return model_from_json(json, options);
}

void Model::load_weights(const std::string& path, const WeightOptions& options) {
  State& s = state();
  const Writing writing(s.home);
  const std::vector<VariablePtr> variables = s.model().variables();
  std::vector<Tensor> before;
  std::vector<std::uint64_t> versions;
  for (const VariablePtr& variable : variables) {
    before.push_back(variable->value());
    versions.push_back(variable->version());
  }
  keras::LoadReport report;
  try {
    overlay(s.model(), path, options, report);
    for (const VariablePtr& variable : variables) variable->value();  // what can't be read is refused here
  } catch (...) {
    for (std::size_t i = 0; i < variables.size(); ++i)
      if (variables[i]->version() != versions[i]) variables[i]->assign(before[i]);
    throw;
  }
  s.report_lines = lines_of(report);
  s.report = std::move(report);
}

}  // namespace v1
}  // namespace keratin
