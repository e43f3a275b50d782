// Graph: single-assignment nodes in topological order, with symbolic dims, variables and regions.
// A graph is built by one thread, then only read; passes turn one graph into another.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/ir/attribute.h"
#include "runtime/ir/type.h"

namespace keratin::ir {

class Graph;
struct Node;
struct OpDef;

// A handle to one result of a node. Null by default.
struct Value {
  Node* node = nullptr;
  std::uint32_t result = 0;
  explicit operator bool() const { return node != nullptr; }
  const Type& type() const;
  DType dtype() const { return type().dtype; }
  const Dims& shape() const { return type().shape; }
  std::size_t rank() const { return type().shape.size(); }
  Graph& graph() const;
  friend bool operator==(const Value&, const Value&) = default;
};
using Values = std::vector<Value>;

using NamedAttributes = std::vector<std::pair<const char*, Attribute>>;

struct Node {
  const OpDef* op = nullptr;
  Values inputs;
  std::vector<Attribute> attributes;  // in the order of op->attributes
  std::vector<Graph> regions;         // isolated: what they use comes in through inputs
  std::vector<Type> results;
  std::string label;  // the layer that made it: "block1/conv"; for traces and messages
  Graph* graph = nullptr;
  std::uint32_t id = 0;  // position in the graph

  // The attribute called name. Throws Error{internal} when op has none of this name and type.
  template <class T>
  const T& get(std::string_view name) const {
    return std::get<T>(attribute(name));
  }
  const Attribute& attribute(std::string_view name) const;
  const Type& in(std::size_t i) const { return inputs[i].type(); }
  Value out(std::uint32_t i = 0) { return {this, i}; }
};

// State that the graph reads and may replace: a weight, a moving statistic, a seed.
struct VariableInfo {
  std::string name;
  Type type;
};
struct Update {
  std::size_t variable;  // index in Graph::variables
  Value value;
};
struct Output {
  std::string name;
  Value value;
};

class Graph {
 public:
  Graph() = default;
  Graph(Graph&&) noexcept;
  Graph& operator=(Graph&&) noexcept;
  Graph(const Graph& other);
  Graph& operator=(const Graph& other) { return *this = Graph(other); }

  // Appends a node; types follow from op->infer. Throws Error{invalid_argument} "[op] sentence".
  Node& add(const OpDef& op, Values inputs, NamedAttributes attributes = {}, std::vector<Graph> regions = {});
  // The same by name, for a node with one result.
  Value add(std::string_view op, Values inputs, NamedAttributes attributes = {},
            std::vector<Graph> regions = {});
  Node& add_node(std::string_view op, Values inputs, NamedAttributes attributes = {},
                 std::vector<Graph> regions = {});
  // A copy of node on new inputs (same attributes and regions, types inferred again).
  Node& clone(const Node& node, Values inputs);

  Value input(const std::string& name, const Type& type);
  // The variable's value: what was assigned last, else its value before the run.
  Value read(std::size_t variable);
  void assign(std::size_t variable, Value value);
  std::size_t declare_variable(const std::string& name, const Type& type);
  void output(const std::string& name, Value value) { outputs.push_back({name, value}); }

  std::deque<std::unique_ptr<Node>> nodes;  // topological order
  std::vector<Value> inputs;                // nodes of op "input", in order
  std::vector<VariableInfo> variables;
  std::vector<Output> outputs;
  std::vector<Update> updates;  // final values of the variables that were assigned
  std::string label;            // given to the nodes that are added

  // All uses of from become to. The caller restores the order with sort().
  void replace_uses(Value from, Value to);
  // Topological order again, as near to the present order as possible.
  void sort();

 private:
  void adopt();
  Node& place(std::unique_ptr<Node> node);
  std::vector<Node*> reads_;  // per variable: its node, or null
};

// Copies the nodes of from that its outputs and updates need into to. known maps from's values (its inputs,
// say) to to's; variables are joined by name. Returns to's values for from's outputs.
Values inline_graph(Graph& to, const Graph& from, Values inputs);

// Whether op has this name.
bool is(const Node& node, std::string_view op);

}  // namespace keratin::ir
