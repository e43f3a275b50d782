#include "runtime/core/log.h"

#include <array>
#include <cstdio>

#include "runtime/core/env.h"

namespace keratin {
namespace {

constexpr std::array names = {"load", "pass", "dispatch", "memory", "exec"};

}  // namespace

bool logs(Topic topic) {
  static const std::array<bool, names.size()> on = [] {
    std::array<bool, names.size()> states{};
    for (std::size_t i = 0; i < names.size(); ++i) states[i] = env::lists("KERATIN_LOG", names[i]);
    return states;
  }();
  return on[static_cast<std::size_t>(topic)];
}

void log_line(Topic topic, const std::string& line) {
  std::fprintf(stderr, "keratin %s: %s\n", names[static_cast<std::size_t>(topic)], line.c_str());
}

}  // namespace keratin
