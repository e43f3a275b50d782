#include <algorithm>
#include <cstdio>
#include <fstream>
#include <vector>

#include "keratin/callbacks.h"
#include "keratin/model.h"
#include "runtime/core/error.h"

namespace keratin {
inline namespace v1 {

struct CSVLogger::State {
  std::string path, separator;
  bool append;
  std::ofstream file = {};
  std::vector<std::string> keys = {};  // of the first epoch, and val_ ones that may come later
  bool header = true;
};

CSVLogger::CSVLogger(const std::string& path, const std::string& separator, bool append)
    : state_(std::make_shared<State>(State{path, separator, append})) {}

void CSVLogger::on_train_begin(Model&) {
  State& s = *state_;
  s.header = true;
  s.keys.clear();
  if (s.append) s.header = std::ifstream(s.path).peek() == std::ifstream::traits_type::eof();
  s.file = std::ofstream(s.path, s.append ? std::ios::app : std::ios::trunc);
  check(s.file.good(), ErrorCode::io, s.path, ": can't be written");
}

void CSVLogger::on_epoch_end(Model&, std::int64_t epoch, Logs& logs) {
  State& s = *state_;
  if (s.keys.empty()) {
    for (const auto& [name, value] : logs) s.keys.push_back(name);
    std::sort(s.keys.begin(), s.keys.end());
    const std::size_t count = s.keys.size();
    const bool validated = std::any_of(s.keys.begin(), s.keys.end(),
                                       [](const std::string& key) { return key.starts_with("val_"); });
    for (std::size_t i = 0; i < count && !validated; ++i) s.keys.push_back("val_" + s.keys[i]);
    if (s.header) {
      s.file << "epoch";
      for (const std::string& key : s.keys) s.file << s.separator << key;
      s.file << "\r\n";
    }
  }
  s.file << epoch;
  for (const std::string& key : s.keys) {
    const auto found =
        std::find_if(logs.begin(), logs.end(), [&](const auto& entry) { return entry.first == key; });
    char text[32] = "NA";
    if (found != logs.end()) std::snprintf(text, sizeof text, "%.17g", found->second);
    s.file << s.separator << text;
  }
  s.file << "\r\n";
  check(bool(s.file.flush()), ErrorCode::io, s.path, ": can't be written");
}

}  // namespace v1
}  // namespace keratin
