// What a model is compiled with: optimizers, losses and metrics by Keras' names, with their configs, or the
// user's own.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keratin/custom.h"
#include "keratin/export.h"

namespace keratin {
inline namespace v1 {

// How the learning rate falls with the steps: schedules::ExponentialDecay({…}) of keratin/optimizers.h.
class KERATIN_API Schedule {
 public:
  static Schedule from_config(const std::string& json);
  const std::string& json() const { return json_; }

 private:
  Schedule() = default;
  std::string json_;
};

class KERATIN_API LearningRate {
 public:
  LearningRate(double value);
  LearningRate(const Schedule& schedule) : json_(schedule.json()) {}
  const std::string& json() const { return json_; }

 private:
  std::string json_;
};

// An optimizer to be made: "adam", or keratin::Adam({.learning_rate = 1e-3}) of keratin/optimizers.h.
class KERATIN_API Optimizer {
 public:
  Optimizer(const char* name);
  Optimizer(const std::string& name);
  // {"class_name": …, "config": …}, as Keras' serialize gives it.
  static Optimizer from_config(const std::string& json);
  const std::string& json() const { return json_; }

 private:
  Optimizer() = default;
  std::string json_;
};

class KERATIN_API Loss {
 public:
  Loss(const char* name);
  Loss(const std::string& name);
  Loss(const std::string& name, LossFunction function);
  static Loss from_config(const std::string& json);
  const std::string& json() const { return json_; }
  const LossFunction& function() const { return function_; }

 private:
  Loss() = default;
  std::string json_;
  LossFunction function_;
};

// A metric, or the mean of a function's values.
class KERATIN_API Metric {
 public:
  Metric(const char* name);
  Metric(const std::string& name);
  Metric(const std::string& name, LossFunction function);
  static Metric from_config(const std::string& json);
  const std::string& json() const { return json_; }
  const LossFunction& function() const { return function_; }

 private:
  Metric() = default;
  std::string json_;
  LossFunction function_;
};

// One for all outputs, one for each in their order, or by the outputs' names.
struct Losses {
  Losses() = default;
  Losses(const char* name) : all(Loss(name)) {}
  Losses(const std::string& name) : all(Loss(name)) {}
  Losses(Loss loss) : all(std::move(loss)) {}
  Losses(std::vector<Loss> losses) : each(std::move(losses)) {}
  Losses(std::initializer_list<Loss> losses) : each(losses) {}
  Losses(std::vector<std::pair<std::string, Loss>> losses) : by_output(std::move(losses)) {}
  Losses(std::initializer_list<std::pair<std::string, Loss>> losses) : by_output(losses) {}

  std::optional<Loss> all;
  std::vector<Loss> each;
  std::vector<std::pair<std::string, Loss>> by_output;
};

// Those of the only output (for every output of a model of the tf_keras family), or by the outputs' names.
struct Metrics {
  using ByOutput = std::pair<std::string, std::vector<Metric>>;
  Metrics() = default;
  Metrics(std::vector<Metric> metrics) : all(std::move(metrics)) {}
  Metrics(std::initializer_list<Metric> metrics) : all(metrics) {}
  Metrics(std::vector<ByOutput> metrics) : by_output(std::move(metrics)) {}
  Metrics(std::initializer_list<ByOutput> metrics) : by_output(metrics) {}

  std::vector<Metric> all;
  std::vector<ByOutput> by_output;
};

struct CompileOptions {
  Optimizer optimizer = "rmsprop";
  Losses loss = {};
  std::vector<double> loss_weights = {};  // one per output, in their order
  Metrics metrics = {};
  Metrics weighted_metrics = {};  // these see sample and class weights
  bool auto_scale_loss = true;  // wraps the optimizer in LossScaleOptimizer where the policy is mixed_float16
};

// What changes; the rest stays.
struct RecompileOptions {
  std::optional<Optimizer> optimizer = {};  // of the class that is there: that one goes on
  std::optional<Losses> loss = {};          // with loss weights of 1
  std::optional<Metrics> metrics = {};      // and no weighted ones
};

}  // namespace v1
}  // namespace keratin
