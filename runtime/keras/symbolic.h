// Symbolic calls: Keras' functional API. A tensor knows the call that made it, so that a model can be cut out
// of any tensors. Used by the public builders and for sub-models.
#pragma once

#include "runtime/keras/functional.h"

namespace keratin::keras {

struct SymbolicNode;

struct Symbolic {
  std::shared_ptr<const SymbolicNode> node;
  std::size_t result = 0;
  const ir::Type& type() const;
};

struct SymbolicArgument {
  using List = std::vector<SymbolicArgument>;
  using Dict = std::vector<std::pair<std::string, SymbolicArgument>>;
  std::variant<Json, Symbolic, List, Dict> content;
};

struct SymbolicNode {
  LayerPtr layer;
  std::vector<SymbolicArgument> args;
  std::vector<std::pair<std::string, SymbolicArgument>> kwargs;
  std::vector<ir::Type> results;
};

// batch_shape: empty optionals are any size.
Symbolic symbolic_input(const std::string& name, DType dtype,
                        const std::vector<std::optional<std::int64_t>>& batch_shape);
// Calls a layer (builds it on first use). Throws Error with the layer's name.
std::vector<Symbolic> call_symbolic(const LayerPtr& layer, std::vector<SymbolicArgument> args,
                                    std::vector<std::pair<std::string, SymbolicArgument>> kwargs = {});
std::vector<Symbolic> call_symbolic(const LayerPtr& layer, const std::vector<Symbolic>& inputs);

// All results of a model's calls, by Keras' history.
std::map<TensorRef, Symbolic> symbolic_tensors(const Layer& model);

// The model between these tensors; it shares its layers. Throws Error{invalid_argument} when an output
// depends on an InputLayer that isn't among the inputs.
// besides: tensors whose calls are part of the model, though no output needs them.
LayerPtr model_between(const std::string& name, const std::vector<Symbolic>& inputs,
                       const std::vector<Symbolic>& outputs, const std::vector<Symbolic>& besides = {});
LayerPtr make_sequential(const std::string& name, const std::vector<LayerPtr>& layers);
// Same architecture, own layers, fresh values.
LayerPtr clone_model(const Layer& model, std::uint64_t seed);
// "dense", "dense_1": unique within this process, as Keras names layers.
std::string automatic_name(const std::string& class_name);

}  // namespace keratin::keras
