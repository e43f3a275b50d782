// Trainer: a compiled model at work: one batch after the other, each one run of one graph.
#pragma once

#include "runtime/train/compiled.h"
#include "runtime/train/runner.h"

namespace keratin::train {

// Arrays in the order of the model's inputs and outputs.
struct Batch {
  std::vector<Tensor> x;                          // in the inputs' dtypes
  std::vector<std::optional<Tensor>> y, weights;  // per output
  std::int64_t size() const { return x[0].rank() ? x[0].dim(0) : 1; }
};

class Trainer {
 public:
  // optimizer: null for a model that is only evaluated. dialect: of a model without one.
  Trainer(keras::LayerPtr model, OptimizerPtr optimizer, Compiled compiled, Dialect dialect, int threads);

  // One step; the numbers of this batch are added to logs(). Returns the batch's own loss.
  // Throws Error{data_mismatch} for missing targets and shapes that don't fit: the model is unchanged.
  double train(const Batch& batch);
  // The same without training.
  double test(const Batch& batch);

  void reset() { compiled_.reset(); }
  Logs logs() const { return compiled_.logs(); }
  const OptimizerPtr& optimizer() const { return optimizer_; }
  Compiled& compiled() { return compiled_; }

 private:
  struct Entry {
    TargetTypes types;
    std::unique_ptr<StepRunner> runner;
  };
  StepRunner& runner(std::vector<Entry>& entries, const Batch& batch, bool training);
  double run(StepRunner& runner, const Batch& batch);

  keras::LayerPtr model_;
  OptimizerPtr optimizer_;
  Compiled compiled_;
  Dialect dialect_;
  int threads_;
  std::vector<Entry> training_, testing_;
};

}  // namespace keratin::train
