#include "runtime/api/callbacks/monitor.h"

#include <cmath>
#include <cstdio>

#include "runtime/api/training.h"
#include "runtime/core/error.h"

namespace keratin {
inline namespace v1 {
namespace {

bool ends_with_one_of(const std::string& name, std::initializer_list<const char*> endings) {
  for (const char* ending : endings)
    if (name.ends_with(ending)) return true;
  return false;
}

// Keras' direction of a metric class: counts and plain means have none.
int direction_of_class(const std::string& name) {
  if (ends_with_one_of(name,
                       {"Error", "Crossentropy", "Hinge", "KLDivergence", "Poisson", "MeanMetricWrapper"}))
    return -1;
  return ends_with_one_of(name, {"Positives", "Negatives", "Mean", "Sum", "MeanTensor", "Custom"}) ? 0 : 1;
}

}  // namespace

Monitor::Monitor(std::string name, const std::string& mode, double min_delta, const char* callback)
    : name_(std::move(name)),
      min_delta_(std::abs(min_delta)),
      callback_(callback),
      direction_(mode == "min"   ? -1
                 : mode == "max" ? 1
                                 : 0) {
  check(mode == "auto" || direction_ != 0, ErrorCode::invalid_argument, callback, ": mode \"", mode,
        "\" is unknown; expected auto, min or max");
}

std::optional<double> Monitor::value(const Logs& logs) {
  std::string names;
  for (const auto& [name, value] : logs) {
    if (name == name_) return value;
    names += (names.empty() ? "" : ", ") + name;
  }
  if (!told_)
    std::fprintf(stderr, "warning: %s: the logs have no %s; they have %s\n", callback_, name_.c_str(),
                 names.c_str());
  told_ = true;
  return std::nullopt;
}

int Monitor::direction_of(Model& model) const {
  const std::string metric = name_.starts_with("val_") ? name_.substr(4) : name_;
  if (metric == "loss") return -1;
  return direction_of_class(training_of(model.state()).trainer->compiled().metric_class(metric));
}

bool Monitor::improves(Model& model, double value, const std::optional<double>& reference) {
  if (direction_ == 0) direction_ = direction_of(model);
  check(direction_ != 0, ErrorCode::invalid_argument, callback_, ": which way ", name_,
        " is better isn't known; set mode to min or max");
  if (!reference) return true;
  // Keras subtracts as Python does, and compares in float32.
  const auto compared = static_cast<float>(direction_ > 0 ? value - min_delta_ : value + min_delta_);
  const auto against = static_cast<float>(*reference);
  return direction_ > 0 ? compared > against : compared < against;
}

Tensor number_tensor(double value) { return Tensor::of<double>({}, {value}); }

std::optional<double> find_number(const NamedTensors& state, const std::string& name) {
  for (const auto& [known, tensor] : state)
    if (known == name) return *cast(tensor, DType::float64).data<double>();
  return std::nullopt;
}

std::int64_t count_of(const NamedTensors& state, const std::string& name) {
  return static_cast<std::int64_t>(find_number(state, name).value_or(0));
}

void log_learning_rate(const Model& model, Logs& logs) {
  const double rate = model.learning_rate();
  for (auto& [name, value] : logs)
    if (name == "learning_rate") {
      value = rate;
      return;
    }
  logs.emplace_back("learning_rate", rate);
}

}  // namespace v1
}  // namespace keratin
