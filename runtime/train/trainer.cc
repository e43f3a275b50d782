#include "runtime/train/trainer.h"

#include "runtime/core/cast.h"
#include "runtime/core/error.h"

namespace keratin::train {
namespace {

// The model and what it was compiled with were found right without data: what is refused now is the data's
// fault (a target of another shape, a class beyond the last one).
template <class Body>
auto blaming_data(const Body& body) {
  try {
    return body();
  } catch (const Error& e) {
    if (e.code() != ErrorCode::invalid_argument) throw;
    throw Error(ErrorCode::data_mismatch, e.what());
  }
}

}  // namespace

Trainer::Trainer(keras::LayerPtr model, OptimizerPtr optimizer, Compiled compiled, Dialect dialect,
                 int threads)
    : model_(std::move(model)),
      optimizer_(std::move(optimizer)),
      compiled_(std::move(compiled)),
      dialect_(optimizer_ ? optimizer_->dialect : dialect),
      threads_(threads) {}

StepRunner& Trainer::runner(std::vector<Entry>& entries, const Batch& batch, bool training) {
  TargetTypes types = compiled_.types_of(batch.y, batch.weights);
  for (Entry& entry : entries)
    if (entry.types == types) return *entry.runner;
  for (std::size_t i = 0; i < batch.y.size(); ++i)
    check(batch.y[i] || !compiled_.wants_target(i), ErrorCode::data_mismatch, "output \"",
          compiled_.outputs()[i].name, "\" has a loss or metrics, but no target was given");
  const Objective objective = [inner = compiled_.objective(types)](
                                  keras::Lowering& lowering, const std::vector<Prediction>& predictions) {
    return blaming_data([&] { return inner(lowering, predictions); });
  };
  StepGraph step;
  try {
    step = training ? build_step(*model_, objective, *optimizer_)
                    : build_evaluation(*model_, objective, dialect_);
  } catch (...) {  // the next targets may be of other shapes
    if (training_.empty() && testing_.empty()) compiled_.forget();
    throw;
  }
  const std::string name = model_->name + (training ? "/train" : "/test");
  entries.push_back({std::move(types), std::make_unique<StepRunner>(std::move(step), threads_, name)});
  return *entries.back().runner;
}

double Trainer::run(StepRunner& runner, const Batch& batch) {
  std::vector<Tensor> inputs = batch.x;
  for (std::size_t i = 0; i < batch.y.size(); ++i) {
    if (batch.y[i]) inputs.push_back(*batch.y[i]);
    if (batch.weights[i]) inputs.push_back(*batch.weights[i]);
  }
  const std::vector<Tensor>& scalars = *blaming_data([&] { return &runner.run(inputs); });
  compiled_.record(scalars, runner.graph().outputs, batch.size());
  const Tensor loss = cast_tensor(scalars[0], DType::float64);
  return *loss.data<double>();
}

double Trainer::train(const Batch& batch) {
  check(optimizer_ != nullptr, ErrorCode::invalid_argument, "model \"", model_->name,
        "\" has no optimizer; compile it with one");
  return run(runner(training_, batch, true), batch);
}

double Trainer::test(const Batch& batch) { return run(runner(testing_, batch, false), batch); }

}  // namespace keratin::train
