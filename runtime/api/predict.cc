// Model::predict: matching arrays with inputs, batches, and the programs behind a model's predictors.
#include <algorithm>

#include "runtime/api/arrays.h"
#include "runtime/api/state.h"
#include "runtime/core/error.h"
#include "runtime/train/feed.h"

namespace keratin {
inline namespace v1 {
namespace {

// Batches go through one context each of full and of last size; results are joined along axis 0.
std::vector<Tensor> run_batches(const Predictor& predictor, const std::vector<Tensor>& inputs,
                                const PredictOptions& options) {
  check(options.batch_size > 0, ErrorCode::invalid_argument, "batch_size ", options.batch_size,
        ": expected a positive number");
  const std::int64_t total = inputs[0].rank() ? inputs[0].dim(0) : 0;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    check(inputs[i].rank() > 0 && inputs[i].dim(0) == total, ErrorCode::data_mismatch, "input \"",
          predictor.inputs()[i].name, "\": ", inputs[i].rank() ? inputs[i].dim(0) : 0,
          " samples, another input has ", total);
  check(total > 0, ErrorCode::data_mismatch, "input \"", predictor.inputs()[0].name, "\" holds no samples");
  Context context = predictor.context();
  std::vector<Tensor> results(predictor.outputs().size());
  for (std::int64_t start = 0; start < total; start += options.batch_size) {
    const std::int64_t count = std::min(options.batch_size, total - start);
    std::vector<Tensor> batch, outputs;
    for (const Tensor& input : inputs) batch.push_back(train::rows_of(input, start, count));
    context.run(batch, outputs);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (count == total) {
        results[i] = outputs[i];
        continue;
      }
      check(outputs[i].rank() > 0 && outputs[i].dim(0) == count, ErrorCode::unsupported, "output \"",
            predictor.outputs()[i].name, "\" has no batch dimension: predict it in one batch");
      Shape shape = outputs[i].shape();
      shape[0] = total;
      if (start == 0) results[i] = Tensor(outputs[i].dtype(), std::move(shape));
      const std::size_t row = outputs[i].bytes() / static_cast<std::size_t>(count);
      if (row)
        std::memcpy(static_cast<std::byte*>(results[i].raw()) + static_cast<std::size_t>(start) * row,
                    outputs[i].raw(), outputs[i].bytes());
    }
    if (options.progress) options.progress(start + count, total);
  }
  return results;
}

}  // namespace

std::shared_ptr<exec::Program> Model::State::program(bool training_branch) {
  std::shared_ptr<exec::Program>& program = training_branch ? training : inference;
  if (training_branch && training_structure != home->structure) {
    training = nullptr;
    training_structure = home->structure;
  }
  if (!program) {
    keras::LoweredModel lowered = keras::lower_model(model(), training_branch);
    if (training_branch) lowered.graph.updates.clear();  // predict changes no state
    exec::CompileOptions options;
    options.threads = threads;
    options.name = model().name;
    program =
        std::make_shared<exec::Program>(std::move(lowered.graph), std::move(lowered.variables), options);
  }
  return program;
}

std::uint64_t Model::State::version() {
  std::uint64_t sum = 1;
  for (const VariablePtr& variable : model().variables()) sum += variable->version();
  return sum;
}

Predictor Model::State::predictor(bool training_branch) {
  std::lock_guard lock(home->mutex);
  Predictor handle;
  const std::uint64_t now = version();
  if (!training_branch && current && current_version == now) {
    handle.state_ = current;
    return handle;
  }
  auto made = std::make_shared<Predictor::State>();
  made->program = program(training_branch);
  made->snapshot = made->program->snapshot();
  made->threads = threads;
  made->checks = checks;
  // The checks read the file's mapping, which settling gives back: one after the other, or it comes in twice.
  if (const auto& lent = made->snapshot->lent)
    lent->own = [own = std::move(lent->own), checks = checks](std::size_t index) {
      checks->finish();
      return own(index);
    };
  const ir::Graph& graph = made->program->graph();
  for (const ir::Value& input : graph.inputs)
    made->inputs.push_back(spec_of(input.node->get<std::string>("name"), input.type()));
  for (const ir::Output& output : graph.outputs)
    made->outputs.push_back(spec_of(output.name, output.value.type()));
  if (!training_branch) {
    current = made;
    current_version = now;
  }
  handle.state_ = std::move(made);
  return handle;
}

Predictor Model::predictor() const {
  State& s = state();
  const Reading reading(s.home);
  return s.predictor(false);
}

NamedTensors Model::predict(const NamedTensors& x, const PredictOptions& options) const {
  State& s = state();
  const Reading reading(s.home);
  const Predictor handle = s.predictor(options.training);
  std::vector<Tensor> results = run_batches(handle, matched_inputs(handle.inputs(), x), options);
  NamedTensors named;
  for (std::size_t i = 0; i < results.size(); ++i)
    named.emplace_back(handle.outputs()[i].name, std::move(results[i]));
  return named;
}

Tensor Model::predict(const Tensor& x, const PredictOptions& options) const {
  NamedTensors results = predict(NamedTensors{{"x", x}}, options);
  check(results.size() == 1, ErrorCode::invalid_argument, "the model has ", results.size(),
        " outputs; predict with named tensors");
  return std::move(results[0].second);
}

}  // namespace v1
}  // namespace keratin
