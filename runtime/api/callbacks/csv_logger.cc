#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "runtime/api/callbacks/monitor.h"
#include "runtime/core/error.h"
#include "serialization/json/json.h"

namespace keratin {
inline namespace v1 {
namespace {

// As Python prints a float.
std::string text_of(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  return serialization::print_json(serialization::Json(value));
}

}  // namespace

struct CSVLogger::State {
  std::string path, separator;
  bool append;
  std::vector<std::string> keys = {};  // of the first epoch, and val_ ones that may come later
  std::int64_t size = 0;               // of the file, as far as it counts

  void write(const std::string& text);
};

CSVLogger::CSVLogger(const std::string& path, const std::string& separator, bool append)
    : state_(std::make_shared<State>(State{path, separator, append})) {}

void CSVLogger::on_train_begin(Model&) {
  State& s = *state_;
  s.keys.clear();
  std::error_code none;
  s.size = s.append && std::filesystem::exists(s.path, none)
               ? static_cast<std::int64_t>(std::filesystem::file_size(s.path, none))
               : 0;
}

// What is behind the last line that counts belongs to a training that was killed, or to an older one.
void CSVLogger::State::write(const std::string& text) {
  std::error_code none;
  if (std::filesystem::exists(path, none))
    std::filesystem::resize_file(path, static_cast<std::uintmax_t>(size), none);
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file << text;
  check(static_cast<bool>(file.flush()), ErrorCode::io, path, ": CSVLogger can't write it");
  size += static_cast<std::int64_t>(text.size());
}

void CSVLogger::on_epoch_end(Model&, std::int64_t epoch, Logs& logs) {
  State& s = *state_;
  std::string text;
  if (s.keys.empty()) {
    for (const auto& [name, value] : logs) s.keys.push_back(name);
    std::sort(s.keys.begin(), s.keys.end());
    const auto of_validation = [](const std::string& key) { return key.starts_with("val_"); };
    if (std::none_of(s.keys.begin(), s.keys.end(), of_validation))
      for (std::size_t i = 0, count = s.keys.size(); i < count; ++i) s.keys.push_back("val_" + s.keys[i]);
    if (s.size == 0) {
      text += "epoch";
      for (const std::string& key : s.keys) text += s.separator + key;
      text += "\r\n";
    }
  }
  text += std::to_string(epoch);
  for (const std::string& key : s.keys) {
    const auto found =
        std::find_if(logs.begin(), logs.end(), [&](const auto& entry) { return entry.first == key; });
    text += s.separator + (found == logs.end() ? "NA" : text_of(found->second));
  }
  s.write(text + "\r\n");
}

// The keys are the names of empty entries.
NamedTensors CSVLogger::state() const {
  const State& s = *state_;
  NamedTensors state = {{"size", number_tensor(static_cast<double>(s.size))}};
  for (const std::string& key : s.keys) state.emplace_back("key:" + key, number_tensor(0));
  return state;
}

void CSVLogger::set_state(const NamedTensors& state) {
  State& s = *state_;
  s.size = count_of(state, "size");
  s.keys.clear();
  for (const auto& [name, tensor] : state)
    if (name.starts_with("key:")) s.keys.push_back(name.substr(4));
}

}  // namespace v1
}  // namespace keratin
