// Layer: a layer of a model, or one to build models with. SymbolicTensor: a tensor of a model that is being
// built. Handles: copies refer to the same layer. Non-const calls need exclusive use.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keratin/custom.h"
#include "keratin/export.h"
#include "keratin/tensor.h"

namespace keratin {
inline namespace v1 {

class KERATIN_API SymbolicTensor {
 public:
  SymbolicTensor() = default;
  DType dtype() const;
  Shape shape() const;       // -1: any size
  std::string name() const;  // of the layer that made it
  struct State;
  explicit SymbolicTensor(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  const State& state() const;

 private:
  std::shared_ptr<const State> state_;
};

class KERATIN_API Layer {
 public:
  Layer() = default;
  std::string name() const;
  std::string class_name() const;
  bool trainable() const;
  // The variables' names inside the layer: "kernel", "bias", in get_weights' order.
  std::vector<std::string> weight_names() const;
  // Layers inside: of a nested model, a wrapper, a cell.
  std::vector<Layer> layers() const;
  void set_trainable(bool trainable);  // also of all layers inside

  // Calls the layer; its weights are made on the first call. Throws Error naming the layer when shapes don't
  // fit.
  SymbolicTensor operator()(const SymbolicTensor& input) const;
  SymbolicTensor operator()(const std::vector<SymbolicTensor>& inputs) const;
  std::vector<SymbolicTensor> call(const std::vector<SymbolicTensor>& inputs) const;  // of several results

  // The layer's tensors in the model that it was got from, where it is called once.
  // Throw Error{invalid_argument} when it came from no model or is called several times.
  SymbolicTensor input() const;
  SymbolicTensor output() const;

  // Trainable ones first, as Keras orders them. set_weights throws Error{invalid_argument} when they don't
  // fit.
  std::vector<Tensor> get_weights() const;
  void set_weights(const std::vector<Tensor>& values);

  // The object form in Keras 3's dialect, as JSON: {"class_name": …, "config": …}.
  std::string get_config() const;
  // Throws Error{unsupported} for an unknown class, Error{corrupt_file} for a bad config.
  static Layer from_config(const std::string& json, const CustomObjects& custom_objects = {});

  struct State;
  explicit Layer(std::shared_ptr<State> state) : state_(std::move(state)) {}
  const std::shared_ptr<State>& state() const { return state_; }

 private:
  std::shared_ptr<State> state_;
};

struct InputOptions {
  std::string name = {};
  DType dtype = DType::float32;
  std::optional<std::int64_t> batch_size = {};
};
// A model's input; shape without the batch dimension, -1 for any size.
KERATIN_API SymbolicTensor Input(const Shape& shape, const InputOptions& options = {});

}  // namespace v1
}  // namespace keratin
