#include "runtime/keras/symbolic.h"

#include <algorithm>
#include <mutex>
#include <set>

#include "runtime/core/error.h"
#include "runtime/keras/input_layer.h"
#include "runtime/keras/make.h"
#include "runtime/keras/model.h"
#include "runtime/keras/sequential.h"
#include "runtime/keras/weights.h"

namespace keratin::keras {
namespace {

template <class Argument, class Visit>
void each_tensor(const Argument& argument, const Visit& visit) {
  if (const Symbolic* tensor = std::get_if<Symbolic>(&argument.content))
    visit(*tensor);
  else if (const auto* list = std::get_if<SymbolicArgument::List>(&argument.content))
    for (const SymbolicArgument& item : *list) each_tensor(item, visit);
  else if (const auto* dict = std::get_if<SymbolicArgument::Dict>(&argument.content))
    for (const auto& [key, item] : *dict) each_tensor(item, visit);
}

template <class Visit>
void each_input(const SymbolicNode& node, const Visit& visit) {
  for (const SymbolicArgument& argument : node.args) each_tensor(argument, visit);
  for (const auto& [key, argument] : node.kwargs) each_tensor(argument, visit);
}

// The argument with tensors as inputs of a scratch graph, to see what types a call gives.
Argument traced(Lowering& lowering, const SymbolicArgument& argument) {
  if (const Json* json = std::get_if<Json>(&argument.content)) return {*json};
  if (const Symbolic* tensor = std::get_if<Symbolic>(&argument.content))
    return {Traced{lowering.graph.input("x", tensor->type()), {}}};
  if (const auto* list = std::get_if<SymbolicArgument::List>(&argument.content)) {
    Argument::List items;
    for (const SymbolicArgument& item : *list) items.push_back(traced(lowering, item));
    return {std::move(items)};
  }
  Argument::Dict items;
  for (const auto& [key, item] : std::get<SymbolicArgument::Dict>(argument.content))
    items.emplace_back(key, traced(lowering, item));
  return {std::move(items)};
}

// Cuts a functional config out of symbolic nodes.
class Cutter {
 public:
  FunctionalConfig run(const std::vector<Symbolic>& inputs, const std::vector<Symbolic>& outputs) {
    NodeArgument::List ins, outs;
    for (const Symbolic& input : inputs) {
      check(is_input_layer(*input.node->layer), ErrorCode::unsupported,
            "a model's inputs must come from Input, \"", input.node->layer->name, "\" is a ",
            input.node->layer->file_class_name());
      place(input.node.get());
      ins.push_back({ref_of(input)});
    }
    for (const Symbolic& output : outputs) visit(output.node);
    for (const Symbolic& output : outputs) outs.push_back({ref_of(output)});
    config_.inputs = {std::move(ins)};
    config_.outputs = {std::move(outs)};
    return std::move(config_);
  }

 private:
  // Depth first without recursion: models can be deep.
  void visit(const std::shared_ptr<const SymbolicNode>& root) {
    std::vector<std::shared_ptr<const SymbolicNode>> stack = {root};
    while (!stack.empty()) {
      const auto node = stack.back();
      if (at_.count(node.get())) {
        stack.pop_back();
        continue;
      }
      check(!is_input_layer(*node->layer), ErrorCode::invalid_argument, "the outputs depend on input \"",
            node->layer->name, "\", which is not among the model's inputs");
      std::vector<std::shared_ptr<const SymbolicNode>> missing;
      each_input(*node, [&](const Symbolic& input) {
        if (!at_.count(input.node.get())) missing.push_back(input.node);
      });
      stack.insert(stack.end(), missing.rbegin(), missing.rend());  // the first argument's layers come first
      if (!missing.empty()) continue;
      place(node.get());
      stack.pop_back();
    }
  }

  void place(const SymbolicNode* node) {
    auto found = std::find(config_.layers.begin(), config_.layers.end(), node->layer);
    const auto index = static_cast<std::size_t>(found - config_.layers.begin());
    if (found == config_.layers.end()) {
      for (const LayerPtr& other : config_.layers)
        check(other->name != node->layer->name, ErrorCode::invalid_argument, "two layers are called \"",
              other->name, "\"; names must be unique in a model");
      config_.layers.push_back(node->layer);
      config_.calls.emplace_back();
    }
    if (is_input_layer(*node->layer)) {
      at_[node] = {index, 0};
      return;
    }
    NodeCall call;
    for (const SymbolicArgument& argument : node->args) call.args.push_back(placed(argument));
    for (const auto& [key, argument] : node->kwargs) call.kwargs.emplace_back(key, placed(argument));
    at_[node] = {index, static_cast<std::int64_t>(config_.calls[index].size())};
    config_.calls[index].push_back(std::move(call));
  }

  TensorRef ref_of(const Symbolic& tensor) const {
    const auto& [layer, number] = at_.at(tensor.node.get());
    return {config_.layers[layer]->name, number, static_cast<std::int64_t>(tensor.result)};
  }

  NodeArgument placed(const SymbolicArgument& argument) const {
    if (const Json* json = std::get_if<Json>(&argument.content)) return {*json};
    if (const Symbolic* tensor = std::get_if<Symbolic>(&argument.content)) return {ref_of(*tensor)};
    if (const auto* list = std::get_if<SymbolicArgument::List>(&argument.content)) {
      NodeArgument::List items;
      for (const SymbolicArgument& item : *list) items.push_back(placed(item));
      return {std::move(items)};
    }
    NodeArgument::Dict items;
    for (const auto& [key, item] : std::get<SymbolicArgument::Dict>(argument.content))
      items.emplace_back(key, placed(item));
    return {std::move(items)};
  }

  FunctionalConfig config_;
  std::map<const SymbolicNode*, std::pair<std::size_t, std::int64_t>> at_;
};

Symbolic input_tensor(const LayerPtr& layer) {
  auto node = std::make_shared<SymbolicNode>();
  node->layer = layer;
  node->results = {input_type(*layer)};
  return {std::move(node), 0};
}

// A node argument with its references looked up; nothing when one isn't there yet.
std::optional<SymbolicArgument> resolved(const NodeArgument& argument,
                                         const std::map<TensorRef, Symbolic>& tensors) {
  if (const Json* json = std::get_if<Json>(&argument.content)) return SymbolicArgument{*json};
  if (const TensorRef* ref = std::get_if<TensorRef>(&argument.content)) {
    auto found = tensors.find(*ref);
    if (found == tensors.end()) return std::nullopt;
    return SymbolicArgument{found->second};
  }
  if (const auto* list = std::get_if<NodeArgument::List>(&argument.content)) {
    SymbolicArgument::List items;
    for (const NodeArgument& item : *list) {
      auto one = resolved(item, tensors);
      if (!one) return std::nullopt;
      items.push_back(std::move(*one));
    }
    return SymbolicArgument{std::move(items)};
  }
  SymbolicArgument::Dict items;
  for (const auto& [key, item] : std::get<NodeArgument::Dict>(argument.content)) {
    auto one = resolved(item, tensors);
    if (!one) return std::nullopt;
    items.emplace_back(key, std::move(*one));
  }
  return SymbolicArgument{std::move(items)};
}

bool call_node(const LayerPtr& layer, const NodeCall& call, std::int64_t number,
               std::map<TensorRef, Symbolic>& tensors) {
  std::vector<SymbolicArgument> args;
  std::vector<std::pair<std::string, SymbolicArgument>> kwargs;
  for (const NodeArgument& argument : call.args) {
    auto one = resolved(argument, tensors);
    if (!one) return false;
    args.push_back(std::move(*one));
  }
  for (const auto& [key, argument] : call.kwargs) {
    auto one = resolved(argument, tensors);
    if (!one) return false;
    kwargs.emplace_back(key, std::move(*one));
  }
  const std::vector<Symbolic> results = call_symbolic(layer, std::move(args), std::move(kwargs));
  for (std::size_t i = 0; i < results.size(); ++i)
    tensors[{layer->name, number, static_cast<std::int64_t>(i)}] = results[i];
  return true;
}

std::map<TensorRef, Symbolic> functional_tensors(const FunctionalConfig& config) {
  std::map<TensorRef, Symbolic> tensors;
  for (const LayerPtr& layer : config.layers)
    if (is_input_layer(*layer)) tensors[{layer->name, 0, 0}] = input_tensor(layer);
  std::vector<std::size_t> done(config.layers.size());
  for (bool progress = true; progress;) {
    progress = false;
    for (std::size_t i = 0; i < config.layers.size(); ++i)
      while (done[i] < config.calls[i].size() && call_node(config.layers[i], config.calls[i][done[i]],
                                                           static_cast<std::int64_t>(done[i]), tensors)) {
        ++done[i];
        progress = true;
      }
  }
  return tensors;
}

}  // namespace

const ir::Type& Symbolic::type() const { return node->results.at(result); }

std::string automatic_name(const std::string& class_name) {
  static std::mutex mutex;
  static std::map<std::string, int> counts;
  std::lock_guard lock(mutex);
  const std::string base = snake_case(class_name);
  const int number = counts[base]++;
  return number ? base + "_" + std::to_string(number) : base;
}

Symbolic symbolic_input(const std::string& name, DType dtype,
                        const std::vector<std::optional<std::int64_t>>& batch_shape) {
  Json::Array shape;
  for (const auto& dim : batch_shape) shape.push_back(dim ? Json(*dim) : Json());
  Json config;
  config["batch_shape"] = std::move(shape);
  return input_tensor(make_layer("InputLayer", name.empty() ? automatic_name("InputLayer") : name,
                                 {std::string(name_of(dtype))}, std::move(config)));
}

std::vector<Symbolic> call_symbolic(const LayerPtr& layer, std::vector<SymbolicArgument> args,
                                    std::vector<std::pair<std::string, SymbolicArgument>> kwargs) {
  ir::Graph scratch;
  Lowering lowering(scratch, false);
  Call call;
  for (const SymbolicArgument& argument : args) call.args.push_back(traced(lowering, argument));
  for (const auto& [key, argument] : kwargs) call.kwargs.emplace_back(key, traced(lowering, argument));
  auto node = std::make_shared<SymbolicNode>();
  for (const Traced& result : call_layer(lowering, *layer, call))
    node->results.push_back(result.value.type());
  node->layer = layer;
  node->args = std::move(args);
  node->kwargs = std::move(kwargs);
  std::vector<Symbolic> results;
  for (std::size_t i = 0; i < node->results.size(); ++i) results.push_back({node, i});
  return results;
}

std::vector<Symbolic> call_symbolic(const LayerPtr& layer, const std::vector<Symbolic>& inputs) {
  if (inputs.size() == 1) return call_symbolic(layer, {SymbolicArgument{inputs[0]}});
  SymbolicArgument::List list;
  for (const Symbolic& input : inputs) list.push_back({input});
  return call_symbolic(layer, {SymbolicArgument{std::move(list)}});
}

std::map<TensorRef, Symbolic> symbolic_tensors(const Layer& model) {
  if (is_functional(model)) return functional_tensors(functional_config(model));
  check(is_sequential(model), ErrorCode::invalid_argument, "\"", model.name, "\" is no model");
  const SequentialConfig& config = sequential_config(model);
  std::map<TensorRef, Symbolic> tensors;
  Symbolic x;
  for (const LayerPtr& layer : config.layers) {
    if (is_input_layer(*layer)) {
      x = input_tensor(layer);
    } else {
      if (!x.node) {
        std::vector<std::optional<std::int64_t>> shape;
        const std::optional<ir::Type> type = sequential_input(config);
        check(type.has_value(), ErrorCode::invalid_argument, "Sequential \"", model.name,
              "\" has no input shape yet");
        for (const ir::Dim& dim : type->shape)
          shape.push_back(dim.is_constant() ? std::optional(dim.value()) : std::nullopt);
        x = symbolic_input(model.name + "_input", type->dtype, shape);
        tensors[{x.node->layer->name, 0, 0}] = x;
      }
      x = call_symbolic(layer, {x}).at(0);
    }
    tensors[{layer->name, 0, 0}] = x;
  }
  return tensors;
}

LayerPtr model_between(const std::string& name, const std::vector<Symbolic>& inputs,
                       const std::vector<Symbolic>& outputs, const std::vector<Symbolic>& besides) {
  check(!inputs.empty() && !outputs.empty(), ErrorCode::invalid_argument, "a model needs inputs and outputs");
  std::vector<Symbolic> ends = outputs;
  ends.insert(ends.end(), besides.begin(), besides.end());
  FunctionalConfig config = Cutter().run(inputs, ends);
  std::get<NodeArgument::List>(config.outputs.content).resize(outputs.size());
  LayerPtr model = make_functional(name.empty() ? automatic_name("Functional") : name, std::move(config));
  std::vector<ir::Type> types;
  for (const Symbolic& input : inputs) types.push_back(input.type());
  build_layer(*model, std::move(types));
  name_variables(*model);
  return model;
}

LayerPtr make_sequential(const std::string& name, const std::vector<LayerPtr>& layers) {
  auto config = std::make_shared<SequentialConfig>();
  config->layers = layers;
  auto model = std::make_shared<Layer>();
  model->name = name.empty() ? automatic_name("Sequential") : name;
  model->def = find_layer_def("Sequential");
  model->config = config;
  const std::optional<ir::Type> type = sequential_input(*config);
  check(type.has_value(), ErrorCode::invalid_argument, "Sequential \"", model->name,
        "\": put an Input first");
  build_layer(*model, {*type});
  name_variables(*model);
  return model;
}

LayerPtr clone_model(const Layer& model, std::uint64_t seed) {
  LayerPtr copy = make_layer(layer_config(model));
  std::vector<ir::Type> types;
  for (auto& [name, type] : model_inputs(*copy)) types.push_back(type);
  build_layer(*copy, std::move(types));
  set_generation(*copy, model.generation);
  name_variables(*copy);
  initialise(*copy, seed);
  return copy;
}

}  // namespace keratin::keras
