// keratin fit and keratin evaluate.
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

#include "commands.h"

namespace keratin::cli {
namespace {

struct Options {
  Common common;
  std::string input, output, validation, optimizer, loss, metrics, labels, freeze, history, backup;
  std::int64_t epochs = 1, steps = 0, backup_freq = 0;
  std::uint64_t seed = 0;
  bool no_shuffle = false;
  std::optional<double> learning_rate;
};

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> names;
  std::istringstream in(list);
  for (std::string name; std::getline(in, name, ',');)
    if (!name.empty()) names.push_back(name);
  return names;
}

// A data file that isn't understood is the user's, not the model's.
Dataset user_data(const std::string& path, const Options& o) {
  try {
    if (path.ends_with(".csv")) return read_csv(path, split(o.labels));
    return Dataset::read(path);
  } catch (const Error& e) {
    if (e.code() == ErrorCode::io || e.code() == ErrorCode::corrupt_file) throw;
    throw Error(ErrorCode::data_mismatch, e.what());
  }
}

// Each goes to every output.
Metrics metrics_of(const Model& model, const std::vector<std::string>& names) {
  const std::vector<Metric> metrics(names.begin(), names.end());
  const std::vector<TensorSpec> outputs = model.output_specs();
  if (outputs.size() == 1) return metrics;
  std::vector<Metrics::ByOutput> each;
  for (const TensorSpec& output : outputs) each.emplace_back(output.name, metrics);
  return each;
}

// As the file was compiled, but for what the options say.
void compile(Model& model, const Options& o) {
  const std::vector<std::string> metrics = split(o.metrics);
  if (!model.compiled()) {
    if (o.loss.empty())
      throw UsageError(o.common.model +
                       " isn't compiled; name a loss: --loss NAME, and an optimizer: --optimizer NAME");
    CompileOptions options;
    if (!o.optimizer.empty()) options.optimizer = o.optimizer;
    options.loss = o.loss;
    if (!metrics.empty()) options.metrics = metrics_of(model, metrics);
    model.compile(options);
  } else if (!o.optimizer.empty() || !o.loss.empty() || !metrics.empty() || !o.freeze.empty()) {
    RecompileOptions options;
    if (!o.optimizer.empty()) options.optimizer = Optimizer(o.optimizer);
    if (!o.loss.empty()) options.loss = Losses(o.loss);
    if (!metrics.empty()) options.metrics = metrics_of(model, metrics);
    model.recompile(options);
  }
  if (o.learning_rate) model.set_learning_rate(*o.learning_rate);
}

void freeze(Model& model, const std::string& pattern) {
  if (pattern.empty()) return;
  if (model.set_trainable(pattern, false).empty())
    throw UsageError("--freeze " + pattern + ": no layer has such a name");
}

// JSON has no NaN; Python reads these words.
std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}
std::string list_of(const std::vector<double>& values) {
  std::vector<std::string> items;
  for (const double value : values) items.push_back(number(value));
  return joined(items, "[", "]");
}

// "f1[0]", "f1[1]" … become one list "f1".
std::string json_of(const Logs& logs) {
  std::vector<std::string> fields;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const std::string& name = logs[i].first;
    const std::size_t bracket = name.rfind("[0]");
    if (bracket == std::string::npos || bracket + 3 != name.size()) {
      fields.push_back(field(name.c_str(), number(logs[i].second)));
      continue;
    }
    const std::string stem = name.substr(0, bracket);
    std::vector<double> values;
    while (i < logs.size() && logs[i].first == stem + "[" + std::to_string(values.size()) + "]")
      values.push_back(logs[i++].second);
    --i;
    fields.push_back(field(stem.c_str(), list_of(values)));
  }
  return joined(fields, "{", "}");
}

std::string json_of(const History& history) {
  std::vector<std::string> fields;
  for (const auto& [name, values] : history.history) fields.push_back(field(name.c_str(), list_of(values)));
  fields.push_back(field("batch_loss", list_of(history.batch_loss)));
  return joined(fields, "{", "}");
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text << '\n';
  if (!file.flush()) throw Error(ErrorCode::io, path + ": can't be written");
}

int fit(const Options& o) {
  Model model = load_model(o.common.model, o.common.load);
  tell_report(o.common, model);
  freeze(model, o.freeze);
  compile(model, o);
  model.check_save(o.output);
  FitOptions options;
  options.batch_size = o.common.batch_size;
  options.epochs = o.epochs;
  options.steps_per_epoch = o.steps;
  options.shuffle = !o.no_shuffle;
  options.seed = o.seed;
  if (!o.validation.empty()) options.validation = user_data(o.validation, o);
  options.verbose = o.common.quiet ? Verbose::silent : Verbose::bar;
  // Kept until the model is saved: a run that is killed before goes on from it.
  std::optional<BackupAndRestore> backup;
  if (!o.backup.empty()) {
    backup.emplace(o.backup, BackupAndRestoreOptions{.save_freq = o.backup_freq, .delete_checkpoint = false});
    options.callbacks.push_back(*backup);
  }
  const History history = model.fit(user_data(o.input, o), options);
  model.save(o.output);
  if (!o.history.empty()) write_text(o.history, json_of(history));
  if (backup) backup->remove();
  if (o.common.json) std::printf("%s\n", json_of(history).c_str());
  return 0;
}

int evaluate(const Options& o) {
  Model model = load_model(o.common.model, o.common.load);
  tell_report(o.common, model);
  compile(model, o);
  EvaluateOptions options;
  options.batch_size = o.common.batch_size;
  options.steps = o.steps;
  options.verbose = o.common.quiet || o.common.json ? Verbose::silent : Verbose::bar;
  const Logs logs = model.evaluate(user_data(o.input, o), options);
  if (o.common.json) {
    std::printf("%s\n", json_of(logs).c_str());
  } else {
    for (const auto& [name, value] : logs) std::printf("%s: %.9g\n", name.c_str(), value);
  }
  return 0;
}

std::shared_ptr<Options> add_shared(CLI::App& command) {
  auto options = std::make_shared<Options>();
  options->common.load.initialise = true;
  add_common(command, options->common);
  command.add_option("-i,--input", options->input, ".npz with x … and y …, .npy, .csv")->required();
  command.add_option("--labels", options->labels, "A,B: the columns of a .csv that are targets");
  command.add_option("--steps", options->steps, "batches, of each epoch; default: all");
  command.add_option("--loss", options->loss, "in place of the file's");
  command.add_option("--metrics", options->metrics, "A,B in place of the file's");
  return options;
}

}  // namespace

void add_fit(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("fit", "trains on from where the file stopped");
  const auto options = add_shared(*command);
  command->add_option("-o,--output", options->output, "the trained model: .keras, .h5 …")->required();
  command->add_option("--epochs", options->epochs);
  command->add_flag("--no-shuffle", options->no_shuffle);
  command->add_option("--seed", options->seed, "of shuffling");
  command->add_option("--validation", options->validation, ".npz");
  command->add_option("--optimizer", options->optimizer, "in place of the file's; one of its class goes on");
  command->add_option("--learning-rate", options->learning_rate);
  command->add_option("--freeze", options->freeze, "layers whose names have this pattern aren't trained");
  command->add_option("--backup", options->backup, "folder: a run that was killed goes on from there");
  command->add_option("--backup-freq", options->backup_freq, "batches between backups; default: each epoch");
  command->add_option("--history", options->history, ".json with the numbers of every epoch and batch");
  command->callback([options, &run] { run = [options] { return fit(*options); }; });
}

void add_evaluate(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("evaluate", "loss and metrics on arrays");
  const auto options = add_shared(*command);
  options->common.load.initialise = false;
  command->callback([options, &run] { run = [options] { return evaluate(*options); }; });
}

}  // namespace keratin::cli
