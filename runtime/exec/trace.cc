#include "runtime/exec/trace.h"

#include <chrono>
#include <cstdio>
#include <mutex>

#include "runtime/core/env.h"
#include "runtime/core/error.h"
#include "runtime/exec/pointers.h"
#include "runtime/ir/print.h"

namespace keratin::exec {
namespace {

std::string escaped(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

// Events are appended as they happen; the array's closing bracket is optional in the format.
class TraceFile {
 public:
  explicit TraceFile(const std::string& path) : file_(std::fopen(path.c_str(), "w")) {
    check(file_ != nullptr, ErrorCode::io, "KERATIN_TRACE: ", path, " can't be written");
    std::fputs("[\n", file_);
  }
  ~TraceFile() {
    std::fputs("{}]\n", file_);
    std::fclose(file_);
  }
  void add(const PlannedStep& step, double start_us, double duration_us) {
    std::lock_guard lock(mutex_);
    const std::string name = step.node->label.empty() ? step.node->op->name : step.node->label;
    std::fprintf(file_,
                 "{\"name\":\"%s\",\"cat\":\"%s\",\"ph\":\"X\",\"ts\":%.3f,\"dur\":%.3f,\"pid\":1,\"tid\":1,"
                 "\"args\":{\"kernel\":\"%s\",\"node\":\"%s\"}},\n",
                 escaped(name).c_str(), step.node->op->name, start_us, duration_us, step.kernel,
                 escaped(ir::print(*step.node)).c_str());
  }

 private:
  std::FILE* file_;
  std::mutex mutex_;
};

}  // namespace

bool tracing() {
  static const bool on = !env::get("KERATIN_TRACE").empty();
  return on;
}

void run_traced(const Executable& executable, void** pointers, Team* team) {
  static TraceFile file(env::get("KERATIN_TRACE"));
  using Clock = std::chrono::steady_clock;
  static const Clock::time_point origin = Clock::now();
  auto us = [](Clock::duration d) { return std::chrono::duration<double, std::micro>(d).count(); };
  each_step(executable.steps, pointers, team, nullptr,
            [&](const PlannedStep& step, const dispatch::Args& arguments) {
              const Clock::time_point start = Clock::now();
              step.step->run(arguments);
              file.add(step, us(start - origin), us(Clock::now() - start));
            });
}

}  // namespace keratin::exec
