// LowerContext: what a layer sees while it is turned into graph nodes: inputs, masks, weights, state,
// training.
#pragma once

#include <map>
#include <variant>

#include "runtime/ir/build.h"
#include "runtime/keras/layer.h"

namespace keratin::keras {

// A tensor on its way through the model, with Keras' implicit mask (null: none).
struct Traced {
  ir::Value value;
  ir::Value mask;
};

// An argument of a call: a tensor, a plain value, or a list or dict of arguments.
struct Argument {
  using List = std::vector<Argument>;
  using Dict = std::vector<std::pair<std::string, Argument>>;
  std::variant<Json, Traced, List, Dict> content;

  bool is_tensor() const { return std::holds_alternative<Traced>(content); }
  bool is_null() const { return std::holds_alternative<Json>(content) && std::get<Json>(content).is_null(); }
  const Traced& tensor() const { return std::get<Traced>(content); }
  const Json& json() const;  // throws Error{unsupported} when it holds tensors
  // All tensors, lists in order, dicts by sorted key (as Keras flattens).
  void flatten(std::vector<Traced>& out) const;
};

struct Call {
  std::vector<Argument> args;
  std::vector<std::pair<std::string, Argument>> kwargs;
  const Argument* find(std::string_view name) const;
};

// One graph being made of a model.
class Lowering {
 public:
  Lowering(ir::Graph& graph, bool training) : graph(graph), training(training) {}
  ir::Graph& graph;
  bool training;
  std::vector<VariablePtr> variables;  // by Graph::variables' index
  std::vector<ir::Value> losses;       // add_loss
  std::vector<std::pair<std::string, ir::Value>> metrics;
  std::size_t index_of(const VariablePtr& variable);
  // What Keras 3 would compute otherwise, of layers out of older files.
  std::vector<std::string> only_before_3;
  // Tensors that later calls see without their mask: MultiHeadAttention of Keras 3 takes the masks of what it
  // is called on.
  std::vector<ir::Value> unmasked;
  std::string path;  // of the layer being lowered: "block/conv"
  // Told of each call's results, when set.
  std::function<void(const Layer&, const std::vector<Traced>&)> observe;

 private:
  std::map<const Variable*, std::size_t> indices_;
};

// Lowers one call of a layer: builds it if needed, casts inputs, keeps the mask rules.
std::vector<Traced> call_layer(Lowering& lowering, Layer& layer, const Call& call);
std::vector<Traced> call_layer(Lowering& lowering, Layer& layer, const std::vector<Traced>& inputs);

class LowerContext {
 public:
  LowerContext(Lowering& lowering, Layer& layer, const Call& call);

  Lowering& lowering;
  Layer& layer;
  const Call& call;
  ir::Graph& graph() const { return lowering.graph; }
  bool training() const { return training_; }
  DType compute_dtype() const { return compute_; }

  // Positional tensors, flattened, floating ones in the compute dtype.
  std::size_t count() const { return inputs_.size(); }
  ir::Value input(std::size_t i = 0) const;
  ir::Value mask(std::size_t i = 0) const;
  ir::Values inputs() const;
  // The mask of a result (for Masking::handles); null drops it.
  void set_mask(std::size_t result, ir::Value mask);

  bool has_weight(std::string_view name) const;
  ir::Value weight(std::string_view name);  // in the compute dtype when floating
  ir::Value read(std::string_view name);    // as stored; sees what assign stored before
  void assign(std::string_view name, ir::Value value);
  const VariablePtr& variable(std::string_view name) const;
  Layer& child(std::string_view name) const;
  // Runs a sub-layer on values (masks optional).
  std::vector<Traced> run(Layer& sub, const std::vector<Traced>& inputs);
  ir::Value run(Layer& sub, ir::Value input);

  // A call argument by keyword or position, else the config's entry of that name, else null.
  const Argument* argument(std::string_view name, std::size_t position = SIZE_MAX) const;
  // Tensor argument or null.
  ir::Value tensor_argument(std::string_view name, std::size_t position = SIZE_MAX) const;

  void add_loss(ir::Value value) { lowering.losses.push_back(value); }
  void add_metric(const std::string& name, ir::Value value) { lowering.metrics.emplace_back(name, value); }

 private:
  friend std::vector<Traced> call_layer(Lowering&, Layer&, const Call&);
  bool training_;
  DType compute_;
  std::vector<Traced> inputs_;
  std::vector<ir::Value> result_masks_;
};

}  // namespace keratin::keras
