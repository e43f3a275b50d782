// Monitor: the number of the logs that a callback watches, and which way is better.
#pragma once

#include <optional>

#include "keratin/callbacks.h"
#include "keratin/model.h"

namespace keratin {
inline namespace v1 {

class Monitor {
 public:
  // Throws Error{invalid_argument} for an unknown mode.
  Monitor(std::string name, const std::string& mode, double min_delta, const char* callback);
  // None where the logs don't have it; told once.
  std::optional<double> value(const Logs& logs);
  // Throws Error{invalid_argument} where the mode is auto and the metric doesn't say it.
  bool improves(Model& model, double value, const std::optional<double>& reference);
  const std::string& name() const { return name_; }

 private:
  int direction_of(Model& model) const;
  std::string name_;
  double min_delta_;
  const char* callback_;
  int direction_;  // 1: more is better, -1: less, 0: not known yet
  bool told_ = false;
};

// State as tensors of one number, and back; none: there is no such entry.
Tensor number_tensor(double value);
std::optional<double> find_number(const NamedTensors& state, const std::string& name);
std::int64_t count_of(const NamedTensors& state, const std::string& name);
// "learning_rate" of the model, added or replaced.
void log_learning_rate(const Model& model, Logs& logs);

}  // namespace v1
}  // namespace keratin
