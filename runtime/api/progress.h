// Keras' progress line: step, bar, time and the numbers of a run; plain lines where stderr is no terminal.
#pragma once

#include <chrono>
#include <string>

#include "keratin/fit.h"

namespace keratin {
inline namespace v1 {

class Progress {
 public:
  Progress(Verbose verbose, std::int64_t steps);  // steps: -1 where not known
  // Whether the numbers of this moment would be shown: a few times a second on a terminal.
  bool due() const;
  void update(std::int64_t step, const Logs& logs);
  void finish(std::int64_t steps, const Logs& logs);

 private:
  std::string line(std::int64_t step, const Logs& logs, bool last) const;
  using Clock = std::chrono::steady_clock;
  bool shows_, terminal_, bar_;
  std::int64_t steps_;
  Clock::time_point start_ = Clock::now(), shown_{};
};

// "loss: 0.1234 - accuracy: 0.9876"
std::string text_of(const Logs& logs);

}  // namespace v1
}  // namespace keratin
