#include "runtime/api/progress.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>

namespace keratin {
inline namespace v1 {
namespace {

constexpr int kWidth = 20;
constexpr std::chrono::milliseconds kInterval{100};

std::string formatted(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string time_of(double seconds) {
  if (seconds >= 1 || seconds == 0) return formatted("%.0fs", seconds);
  return seconds >= 1e-3 ? formatted("%.0fms", seconds * 1e3) : formatted("%.0fus", seconds * 1e6);
}

}  // namespace

std::string text_of(const Logs& logs) {
  std::string text;
  for (const auto& [name, value] : logs) {
    const double size = std::abs(value);
    text += (text.empty() ? "" : " - ") + name + ": " +
            formatted(size > 1e-3 || size == 0 ? "%.4f" : "%.4e", value);
  }
  return text;
}

Progress::Progress(Verbose verbose, std::int64_t steps)
    : shows_(verbose != Verbose::silent),
      terminal_(verbose == Verbose::bar && isatty(STDERR_FILENO)),
      bar_(verbose == Verbose::bar),
      steps_(steps) {}

bool Progress::due() const { return shows_ && terminal_ && Clock::now() - shown_ >= kInterval; }

std::string Progress::line(std::int64_t step, const Logs& logs, bool last) const {
  const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
  const double per_step = step ? elapsed / static_cast<double>(step) : 0;
  std::string text = steps_ > 0 ? std::to_string(step) + "/" + std::to_string(steps_) : std::to_string(step);
  if (bar_ && steps_ > 0) {
    const int filled = static_cast<int>(kWidth * step / steps_);
    text += " [" + std::string(static_cast<std::size_t>(filled), '=') +
            std::string(static_cast<std::size_t>(kWidth - filled), '.') + "]";
  }
  const bool known = !last && steps_ > 0;
  text += " - " + time_of(known ? per_step * static_cast<double>(steps_ - step) : elapsed);
  if (last || !known) text += " " + time_of(per_step) + "/step";
  const std::string numbers = text_of(logs);
  return numbers.empty() ? text : text + " - " + numbers;
}

void Progress::update(std::int64_t step, const Logs& logs) {
  shown_ = Clock::now();
  std::fprintf(stderr, "\r\033[K%s", line(step, logs, false).c_str());
  std::fflush(stderr);
}

void Progress::finish(std::int64_t steps, const Logs& logs) {
  if (!shows_) return;
  std::fprintf(stderr, "%s%s\n", terminal_ ? "\r\033[K" : "", line(steps, logs, true).c_str());
}

}  // namespace v1
}  // namespace keratin
