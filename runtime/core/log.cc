#include "runtime/core/log.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "runtime/core/env.h"

namespace keratin {
namespace {

constexpr std::array<std::string_view, 5> names = {"load", "pass", "dispatch", "memory", "exec"};

}  // namespace

bool logs(Topic topic) {
  static const std::array<bool, names.size()> on = [] {
    std::array<bool, names.size()> states{};
    for (std::size_t i = 0; i < names.size(); ++i) states[i] = env::lists("KERATIN_LOG", names[i]);
    for (const std::string& topic : env::items("KERATIN_LOG"))
      if (topic != "all" && std::find(names.begin(), names.end(), topic) == names.end())
        std::fprintf(stderr, "keratin: KERATIN_LOG: there is no topic \"%s\"\n", topic.c_str());
    return states;
  }();
  return on[static_cast<std::size_t>(topic)];
}

void log_line(Topic topic, const std::string& line) {
  std::fprintf(stderr, "keratin %s: %s\n", names[static_cast<std::size_t>(topic)].data(), line.c_str());
}

}  // namespace keratin
