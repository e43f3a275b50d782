#include "runtime/core/env.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "runtime/core/error.h"

namespace keratin::env {
namespace {

constexpr std::array rows = {
    Row{"KERATIN_LOG", "what to tell on stderr: a list of load, pass, dispatch, memory, exec, or all"},
    Row{"KERATIN_DUMP", "a folder that gets the graph after each pass and every executable, as text"},
    Row{"KERATIN_TRACE", "a file that gets a Chrome trace of every step"},
    Row{"KERATIN_SKIP_PASSES", "a list of passes to leave out, or all"},
    Row{"KERATIN_KERNEL", "evaluate: run every op by its reference; else the name of a kernel to prefer"},
    Row{"KERATIN_CPU_ISA", "the widest instruction set to use: scalar, sse4, avx2, avx512, neon"},
    Row{"KERATIN_MODULE_PATH", "the folder that modules such as libkeratin_tensorflow.so are opened from"},
    Row{"KERATIN_POISON", "1: fill the arena with NaN before each run"},
};

}  // namespace

std::span<const Row> table() { return rows; }

std::string get(std::string_view name) {
  for (const Row& row : rows)
    if (name == row.name) {
      const char* value = std::getenv(row.name);
      return value ? value : "";
    }
  fail(ErrorCode::internal, "environment variable ", name, " is not in the table");
}

std::vector<std::string> items(std::string_view name) {
  const std::string value = get(name);
  std::vector<std::string> found;
  std::size_t start = 0;
  while (start < value.size()) {
    const std::size_t end = std::min(value.find(',', start), value.size());
    found.push_back(value.substr(start, end - start));
    start = end + 1;
  }
  return found;
}

bool lists(std::string_view name, std::string_view item) {
  const std::vector<std::string> found = items(name);
  return std::any_of(found.begin(), found.end(),
                     [&](const std::string& one) { return one == item || one == "all"; });
}

}  // namespace keratin::env
