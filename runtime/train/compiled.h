// Compiled: what a model is trained and judged by: losses, metrics and their state, made for the types of the
// first targets; its part of a step's graph; and the numbers that a user sees of a run.
#pragma once

#include "runtime/train/custom.h"
#include "runtime/train/step.h"
#include "runtime/train/tasks.h"

namespace keratin::train {

// Numbers by Keras' names. A metric that gives several has them as "name[0]", "name[1]" …
using Logs = std::vector<std::pair<std::string, double>>;

// What batches bring beside the model's inputs: a type per output where it is given.
struct TargetTypes {
  std::vector<std::optional<ir::Type>> targets;
  std::vector<std::optional<ir::Type>> weights;
  friend bool operator==(const TargetTypes&, const TargetTypes&) = default;
};

struct NamedType {
  std::string name;
  ir::Type type;
};

class Compiled {
 public:
  // outputs: the model's, with symbolic dims. Throws Error{invalid_argument} as tasks_of does.
  // functions: losses and metrics that Keras doesn't know.
  Compiled(const CompileArguments& arguments, std::vector<NamedType> outputs, Flavour flavour,
           Functions functions = {});

  const std::vector<NamedType>& outputs() const { return outputs_; }

  // Whether the output has a loss or metrics.
  bool wants_target(std::size_t output) const;
  // Of arrays with these shapes: axes that the output leaves open, the first above all, are open.
  TargetTypes types_of(const std::vector<std::optional<Tensor>>& targets,
                       const std::vector<std::optional<Tensor>>& weights) const;

  // Inputs "y:<output>" and "sample_weight:<output>" for those that types has; further outputs are what
  // record() takes. Updates the metrics' state. Losses and metrics are made for the first types that come.
  // Making the graph throws Error{unsupported, corrupt_file} for unknown ones and bad configs.
  Objective objective(const TargetTypes& types);

  // As before the first targets.
  void forget();

  // ---- between batches
  void reset();
  // scalars: the outputs of a step in the graph's order, "loss" first.
  void record(const std::vector<Tensor>& scalars, const std::vector<ir::Output>& outputs,
              std::int64_t batch_size);
  // The class of the metric that the logs call so; empty: there is none.
  std::string metric_class(const std::string& name) const;
  // In Keras' order. "loss" alone before any batch.
  Logs logs() const;
  // What logs() come from, to be kept. set_state: as soon as the metrics are made.
  std::vector<std::pair<std::string, Tensor>> state() const;
  void set_state(std::vector<std::pair<std::string, Tensor>> state);

 private:
  struct Loss {
    std::string name;  // "a_loss"; empty: not reported
    LossObject loss;
    std::optional<double> weight;
    std::size_t output;
  };
  struct Metric {
    std::string name;
    MetricObject metric;
    bool weighted;
    std::size_t output;
    std::vector<VariablePtr> state;
  };
  struct Mean {
    float total = 0, count = 0;
    double result() const { return count != 0 ? static_cast<double>(total / count) : 0; }
  };
  void build(const TargetTypes& types);
  LossObject loss_of(const Json& identifier, const ir::Type& target, const ir::Type& prediction) const;
  MetricObject metric_of(const Json& identifier, const ir::Type& target, const ir::Type& prediction) const;
  void add_losses(const TargetTypes& types);
  void add_metrics(const TargetTypes& types, bool weighted);
  ir::Value lower_losses(keras::Lowering& lowering, const std::vector<Compared>& compared,
                         const std::vector<Prediction>& predictions) const;
  void lower_metrics(keras::Lowering& lowering, const std::vector<Compared>& compared,
                     const std::vector<Prediction>& predictions) const;
  Mean& mean(const std::string& name);
  void take_state();

  std::vector<NamedType> outputs_;
  std::vector<OutputTask> tasks_;
  Flavour flavour_;
  Functions functions_;
  bool built_ = false;
  std::vector<Loss> losses_;
  std::vector<Metric> metrics_;
  std::vector<std::pair<std::string, Mean>> means_;   // "loss", parts of it, added metrics
  std::vector<std::pair<std::string, Tensor>> kept_;  // given before the metrics were made
};

}  // namespace keratin::train
