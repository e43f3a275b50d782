#include <cctype>
#include <cstdio>
#include <filesystem>

#include "runtime/api/callbacks/monitor.h"
#include "runtime/core/error.h"

namespace keratin {
inline namespace v1 {
namespace {

// One {name:spec} of Python's format: an optional width with zeros, a precision, and d or f, e, g.
std::string formatted(const std::string& path, const std::string& spec, double value, bool integer) {
  const std::size_t end = spec.find_first_not_of("0123456789.");
  const std::string numbers = spec.substr(0, end), type = end == std::string::npos ? "" : spec.substr(end);
  const bool known = type.empty() || (integer ? type == "d" : type == "f" || type == "e" || type == "g");
  check(known && numbers.size() < 8, ErrorCode::invalid_argument, path, ": format \"", spec, "\" is unknown");
  char text[64];
  if (integer)
    std::snprintf(text, sizeof text, ("%" + numbers + "lld").c_str(), static_cast<long long>(value));
  else
    std::snprintf(text, sizeof text, ("%" + numbers + (type.empty() ? "g" : type)).c_str(), value);
  return text;
}

std::string path_of(const std::string& pattern, const Logs& logs) {
  std::string path;
  for (std::size_t at = 0; at < pattern.size();) {
    const std::size_t open = pattern.find('{', at), close = pattern.find('}', open);
    path += pattern.substr(at, open - at);
    if (open == std::string::npos) break;
    check(close != std::string::npos, ErrorCode::invalid_argument, pattern, ": a { has no }");
    const std::string field = pattern.substr(open + 1, close - open - 1);
    const std::size_t colon = field.find(':');
    const std::string name = field.substr(0, colon),
                      spec = colon == std::string::npos ? "" : field.substr(colon + 1);
    bool found = false;
    for (const auto& [known, value] : logs) {
      if (known != name || found) continue;
      path += formatted(pattern, spec, value, name == "epoch" || name == "batch");
      found = true;
    }
    check(found, ErrorCode::invalid_argument, pattern, ": the logs have no ", name);
    at = close + 1;
  }
  return path;
}

}  // namespace

struct ModelCheckpoint::State {
  std::string path;
  ModelCheckpointOptions options;
  Monitor monitor;
  std::optional<double> best = {};
  std::int64_t epoch = 0, seen = 0;

  // batch: -1 at the end of an epoch.
  void save(Model& model, std::int64_t batch, const Logs& logs) {
    Logs known = {{"epoch", static_cast<double>(epoch + 1)}};
    if (batch >= 0) known.emplace_back("batch", static_cast<double>(batch + 1));
    known.insert(known.end(), logs.begin(), logs.end());
    const std::string target = path_of(path, known);
    if (options.save_best_only)
      if (const std::optional<double> current = monitor.value(logs)) {
        if (!monitor.improves(model, *current, best)) return;
        best = current;
      }
    const std::filesystem::path folder = std::filesystem::path(target).parent_path();
    std::error_code error;
    if (!folder.empty()) std::filesystem::create_directories(folder, error);
    check(!error, ErrorCode::io, target, ": its folder can't be made: ", error.message());
    options.save_weights_only ? model.save_weights(target) : model.save(target);
  }
};

ModelCheckpoint::ModelCheckpoint(const std::string& path, const ModelCheckpointOptions& o)
    : state_(std::make_shared<State>(
          State{path, o, Monitor(o.monitor, o.mode, 0, "ModelCheckpoint"), o.initial_value_threshold})) {}

void ModelCheckpoint::on_epoch_begin(Model&, std::int64_t epoch) { state_->epoch = epoch; }

void ModelCheckpoint::on_train_batch_end(Model& model, std::int64_t batch, const Logs& logs) {
  State& s = *state_;
  if (s.options.save_freq == 0 || ++s.seen < s.options.save_freq) return;
  s.seen = 0;
  s.save(model, batch, logs);
}

void ModelCheckpoint::on_epoch_end(Model& model, std::int64_t, Logs& logs) {
  if (state_->options.save_freq == 0) state_->save(model, -1, logs);
}

bool ModelCheckpoint::wants_batch_logs() const { return state_->options.save_freq > 0; }

NamedTensors ModelCheckpoint::state() const {
  NamedTensors state = {{"epoch", number_tensor(static_cast<double>(state_->epoch))},
                        {"seen", number_tensor(static_cast<double>(state_->seen))}};
  if (state_->best) state.emplace_back("best", number_tensor(*state_->best));
  return state;
}

void ModelCheckpoint::set_state(const NamedTensors& state) {
  state_->epoch = count_of(state, "epoch");
  state_->seen = count_of(state, "seen");
  state_->best = find_number(state, "best");
}

}  // namespace v1
}  // namespace keratin
