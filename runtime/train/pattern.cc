#include "runtime/train/pattern.h"

#include <regex>

#include "runtime/core/error.h"

namespace keratin::train {
namespace {

template <class Match>
bool match(const std::string& pattern, const Match& question) {
  try {
    return question(std::regex(pattern));
  } catch (const std::regex_error& error) {
    fail(ErrorCode::unsupported, "the pattern \"", pattern, "\" can't be used: ", error.what());
  }
}

}  // namespace

bool finds(const std::string& pattern, const std::string& text) {
  return match(pattern, [&](const std::regex& regex) { return std::regex_search(text, regex); });
}
bool fits(const std::string& pattern, const std::string& text) {
  return match(pattern, [&](const std::regex& regex) { return std::regex_match(text, regex); });
}

}  // namespace keratin::train
