#include "runtime/train/runner.h"

#include "runtime/core/error.h"
#include "runtime/core/shape.h"

namespace keratin::train {
namespace {

// Full batches, the last one, and as many of another model input's length.
constexpr std::size_t most_contexts = 8;

exec::CompileOptions options_of(int threads, const std::string& name) {
  exec::CompileOptions options;
  options.threads = threads;
  options.name = name;
  return options;
}

}  // namespace

StepRunner::StepRunner(StepGraph step, int threads, const std::string& name)
    : program_(std::move(step.graph), std::move(step.variables), options_of(threads, name)),
      team_(std::make_shared<Team>(threads)) {
  std::vector<bool> is_updated(program_.variables().size());
  for (const ir::Update& update : graph().updates) {
    is_updated[update.variable] = true;
    updated_.push_back(program_.variables()[update.variable]);
  }
  for (std::size_t i = 0; i < is_updated.size(); ++i)
    if (!is_updated[i]) kept_.push_back(program_.variables()[i]);
}

std::uint64_t StepRunner::kept_version() const {
  std::uint64_t sum = 1;
  for (const VariablePtr& variable : kept_) sum += variable->version();
  return sum;
}

// bind() looks at single dims; those that are expressions of others are compared here.
void StepRunner::check_shapes(const std::vector<Shape>& shapes, const ir::Symbols& dims) const {
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const ir::Value& input = graph().inputs[i];
    for (std::size_t axis = 0; axis < shapes[i].size(); ++axis) {
      const ir::Dim wanted = input.shape()[axis].substitute(dims);
      check(wanted.is_constant() && wanted.value() == shapes[i][axis], ErrorCode::data_mismatch, "input \"",
            input.node->get<std::string>("name"), "\": shape ", to_string(shapes[i]), "; dimension ", axis,
            " is ", wanted.to_string(), " here");
    }
  }
}

StepRunner::Shaped& StepRunner::shaped(const std::vector<Tensor>& inputs) {
  const std::uint64_t version = kept_version();
  if (!snapshot_ || version != snapshot_version_) {
    snapshot_ = program_.snapshot(true);
    snapshot_version_ = version;
    contexts_.clear();
  }
  for (auto at = contexts_.begin(); at != contexts_.end(); ++at) {
    bool same = at->shapes.size() == inputs.size();
    for (std::size_t i = 0; same && i < inputs.size(); ++i) same = at->shapes[i] == inputs[i].shape();
    if (!same) continue;
    contexts_.splice(contexts_.begin(), contexts_, at);
    return contexts_.front();
  }
  Shaped made;
  for (const Tensor& input : inputs) made.shapes.push_back(input.shape());
  const ir::Symbols dims = program_.bind(made.shapes);
  check_shapes(made.shapes, dims);
  made.context = std::make_unique<exec::Context>(program_.prepare(dims, snapshot_), team_);
  for (const ir::Type& type : program_.output_types(dims))
    made.outputs.emplace_back(type.dtype, ir::to_shape(type.shape));
  contexts_.push_front(std::move(made));
  if (contexts_.size() > most_contexts) contexts_.pop_back();
  return contexts_.front();
}

const std::vector<Tensor>& StepRunner::run(const std::vector<Tensor>& inputs) {
  Shaped& now = shaped(inputs);
  bool moved = now.state.size() != updated_.size();
  now.state.resize(updated_.size());
  for (std::size_t i = 0; i < updated_.size(); ++i) {
    void* memory = updated_[i]->overwrite();
    moved |= std::exchange(now.state[i], memory) != memory;
  }
  if (moved) now.context->carry(now.state);
  in_.clear();
  out_.clear();
  for (const Tensor& input : inputs) in_.push_back(input.raw());
  for (Tensor& output : now.outputs) out_.push_back(output.raw());
  now.context->run(in_.data(), out_.data());
  return now.outputs;
}

}  // namespace keratin::train
