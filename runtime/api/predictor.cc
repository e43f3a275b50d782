#include "runtime/api/state.h"
#include "runtime/core/error.h"
#include "runtime/core/shape.h"

namespace keratin {
inline namespace v1 {

TensorSpec spec_of(const std::string& name, const ir::Type& type) {
  TensorSpec spec{name, type.dtype, {}};
  for (const ir::Dim& dim : type.shape) spec.shape.push_back(dim.is_constant() ? dim.value() : -1);
  return spec;
}

const std::vector<TensorSpec>& Predictor::inputs() const { return state_->inputs; }
const std::vector<TensorSpec>& Predictor::outputs() const { return state_->outputs; }

Context Predictor::context() const {
  auto state = std::make_unique<Context::State>();
  state->predictor = state_;
  state->team = std::make_shared<Team>(state_->threads);
  return Context(std::move(state));
}

Context::Context(std::unique_ptr<State> state) : state_(std::move(state)) {}
Context::~Context() = default;
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(Context&&) noexcept = default;

namespace {

// The model was found right without data: what its ops refuse now is the data's fault (too short a sequence
// for a window, an index beyond a table).
template <class Body>
void blaming_data(const Body& body) {
  try {
    body();
  } catch (const Error& e) {
    if (e.code() != ErrorCode::invalid_argument && e.code() != ErrorCode::corrupt_file) throw;
    throw Error(ErrorCode::data_mismatch, e.what());
  }
}

bool same_shapes(const std::vector<Shape>& shapes, const std::vector<Tensor>& tensors) {
  if (shapes.size() != tensors.size()) return false;
  for (std::size_t i = 0; i < shapes.size(); ++i)
    if (shapes[i] != tensors[i].shape()) return false;
  return true;
}

void check_dtypes(const std::vector<TensorSpec>& specs, const std::vector<Tensor>& inputs) {
  check(inputs.size() == specs.size(), ErrorCode::data_mismatch, inputs.size(),
        " inputs given, the model takes ", specs.size());
  for (std::size_t i = 0; i < specs.size(); ++i)
    check(inputs[i].dtype() == specs[i].dtype, ErrorCode::data_mismatch, "input \"", specs[i].name,
          "\": ", name_of(inputs[i].dtype()), " given, the model takes ", name_of(specs[i].dtype));
}

}  // namespace

void Context::reset_states() {
  state_->call_state.clear();
  state_->context = nullptr;
}

void Context::run(const std::vector<Tensor>& inputs, std::vector<Tensor>& outputs) {
  State& s = *state_;
  Predictor::State& predictor = *s.predictor;
  check_dtypes(predictor.inputs, inputs);
  if (!s.context || !same_shapes(s.shapes, inputs)) {
    s.shapes.clear();
    for (const Tensor& input : inputs) s.shapes.push_back(input.shape());
    s.context = nullptr;  // a failure below must not leave the old one behind these shapes
    blaming_data([&] {
      const ir::Symbols dims = predictor.program->bind(s.shapes);
      const auto prepared = predictor.program->prepare(dims, predictor.snapshot);
      s.context = std::make_unique<exec::Context>(prepared, s.team);
      if (!prepared->executable().graph.updates.empty()) {
        if (s.call_state.empty()) s.call_state = exec::Context::initial_state(*prepared);
        s.context->carry(s.call_state);
      }
      s.output_types = predictor.program->output_types(dims);
    });
    s.in.resize(inputs.size());
    s.out.resize(s.output_types.size());
  }
  outputs.resize(s.output_types.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const ir::Type& type = s.output_types[i];
    bool fits = outputs[i].dtype() == type.dtype && outputs[i].rank() == type.rank();
    for (std::size_t axis = 0; fits && axis < type.rank(); ++axis)
      fits = outputs[i].shape()[axis] == type.shape[axis].value();
    if (!fits) {
      check(outputs[i].elements() == 0, ErrorCode::data_mismatch, "output ", i, ": a buffer of shape ",
            to_string(outputs[i].shape()), " was given for ", ir::to_string(type));
      outputs[i] = Tensor(type.dtype, ir::to_shape(type.shape));
    }
    s.out[i] = outputs[i].raw();
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) s.in[i] = inputs[i].raw();
  predictor.checks->start();
  blaming_data([&] { s.context->run(s.in.data(), s.out.data()); });
  predictor.checks->finish();
}

}  // namespace v1
}  // namespace keratin
