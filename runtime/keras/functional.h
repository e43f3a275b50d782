// Functional: a model as nodes between layers; one of them a layer itself when it is nested.
#pragma once

#include <map>

#include "runtime/keras/lower.h"

namespace keratin::keras {

// A tensor by Keras' history: result `tensor` of call number `node` of a layer.
struct TensorRef {
  std::string layer;
  std::int64_t node = 0, tensor = 0;
  friend auto operator<=>(const TensorRef&, const TensorRef&) = default;
};

// An argument of a node, before tensors exist. Also the structure of a model's inputs and outputs.
struct NodeArgument {
  using List = std::vector<NodeArgument>;
  using Dict = std::vector<std::pair<std::string, NodeArgument>>;
  std::variant<Json, TensorRef, List, Dict> content;
  void flatten(std::vector<TensorRef>& out) const;  // as Keras: lists in order, dicts by sorted key
};

struct NodeCall {
  std::vector<NodeArgument> args;
  std::vector<std::pair<std::string, NodeArgument>> kwargs;
};

struct FunctionalConfig {
  std::vector<LayerPtr> layers;              // in the file's order
  std::vector<std::vector<NodeCall>> calls;  // per layer
  NodeArgument inputs, outputs;
  mutable std::map<TensorRef, ir::Type> types;   // of all tensors, once the model is built
  std::vector<std::string> input_names() const;  // flattened order: dict keys, else the InputLayers' names
  struct NamedRef {
    std::string name;
    TensorRef ref;
  };
  // In the file's order: dict keys, else the layers' names; "" where several tensors stand under one key.
  std::vector<NamedRef> named_outputs() const;
  std::vector<std::string> output_names() const;
  // Per named output: its place among the results of the call, which Keras sorts by key.
  std::vector<std::size_t> output_order() const;
};

// Whether layer is a Functional (also under its older name Model).
bool is_functional(const Layer& layer);
const FunctionalConfig& functional_config(const Layer& layer);

// A functional model out of layers and calls that exist already.
LayerPtr make_functional(const std::string& name, FunctionalConfig config);

}  // namespace keratin::keras
