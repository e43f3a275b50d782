#include "runtime/ir/graph.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "runtime/core/error.h"
#include "runtime/ir/op.h"

namespace keratin::ir {
namespace {

std::vector<Attribute> complete(const OpDef& op, NamedAttributes given) {
  std::vector<Attribute> values;
  values.reserve(op.attributes.size());
  std::size_t used = 0;
  for (const AttributeDef& def : op.attributes) {
    auto found = std::find_if(given.begin(), given.end(),
                              [&](const auto& a) { return std::string_view(a.first) == def.name; });
    if (found != given.end()) {
      if (std::holds_alternative<std::int64_t>(found->second) && def.kind == AttributeKind::real)
        found->second = static_cast<double>(std::get<std::int64_t>(found->second));
      check(found->second.index() == static_cast<std::size_t>(def.kind), ErrorCode::internal, "[", op.name,
            "] attribute ", def.name, " has the wrong type: ", to_string(found->second));
      values.push_back(std::move(found->second));
      ++used;
    } else {
      check(def.fallback != nullptr, ErrorCode::invalid_argument, "[", op.name, "] attribute ", def.name,
            " must be given");
      values.push_back(parse_attribute(def.kind, def.fallback));
    }
  }
  check(used == given.size(), ErrorCode::invalid_argument, "[", op.name,
        "] was given an attribute that it doesn't have");
  return values;
}

}  // namespace

const Type& Value::type() const { return node->results[result]; }
Graph& Value::graph() const { return *node->graph; }

const Attribute& Node::attribute(std::string_view name) const {
  for (std::size_t i = 0; i < op->attributes.size(); ++i)
    if (name == op->attributes[i].name) return attributes[i];
  fail(ErrorCode::internal, "[", op->name, "] has no attribute ", name);
}

bool is(const Node& node, std::string_view op) { return node.op->name == op; }

Graph::Graph(Graph&& other) noexcept { *this = std::move(other); }

Graph& Graph::operator=(Graph&& other) noexcept {
  nodes = std::move(other.nodes);
  inputs = std::move(other.inputs);
  variables = std::move(other.variables);
  outputs = std::move(other.outputs);
  updates = std::move(other.updates);
  label = std::move(other.label);
  reads_ = std::move(other.reads_);
  adopt();
  return *this;
}

void Graph::adopt() {
  for (auto& node : nodes) node->graph = this;
}

Graph::Graph(const Graph& other) : variables(other.variables), label(other.label) {
  std::unordered_map<const Node*, Node*> copies;
  auto copied = [&](Value value) { return value ? Value{copies.at(value.node), value.result} : value; };
  for (const auto& node : other.nodes) {
    auto copy = std::make_unique<Node>(*node);
    for (Value& value : copy->inputs) value = copied(value);
    copies[node.get()] = &place(std::move(copy));
  }
  for (const Value& value : other.inputs) inputs.push_back(copied(value));
  for (const Output& output : other.outputs) outputs.push_back({output.name, copied(output.value)});
  for (const Update& update : other.updates) updates.push_back({update.variable, copied(update.value)});
}

Node& Graph::add(const OpDef& op, Values in, NamedAttributes attributes, std::vector<Graph> regions) {
  auto node = std::make_unique<Node>();
  node->op = &op;
  node->inputs = std::move(in);
  for (const Value& value : node->inputs)
    check(value && value.node->graph == this, ErrorCode::internal, "[", op.name,
          "] an input belongs to another graph");
  node->attributes = complete(op, std::move(attributes));
  node->regions = std::move(regions);
  node->label = label;
  node->results = op.infer(*node);
  return place(std::move(node));
}

Node& Graph::place(std::unique_ptr<Node> node) {
  node->graph = this;
  node->id = static_cast<std::uint32_t>(nodes.size());
  if (is(*node, "variable")) {
    const auto index = static_cast<std::size_t>(node->get<std::int64_t>("index"));
    check(index < variables.size(), ErrorCode::invalid_argument, "[variable] index ",
          node->get<std::int64_t>("index"), ": the graph declares ", variables.size(), " variables");
    if (reads_.size() <= index) reads_.resize(index + 1);
    if (!reads_[index]) reads_[index] = node.get();
  }
  nodes.push_back(std::move(node));
  return *nodes.back();
}

Value Graph::add(std::string_view op, Values in, NamedAttributes attributes, std::vector<Graph> regions) {
  return add(find_op(op), std::move(in), std::move(attributes), std::move(regions)).out();
}

Node& Graph::add_node(std::string_view op, Values in, NamedAttributes attributes,
                      std::vector<Graph> regions) {
  return add(find_op(op), std::move(in), std::move(attributes), std::move(regions));
}

Node& Graph::clone(const Node& node, Values in) {
  auto copy = std::make_unique<Node>(node);
  copy->inputs = std::move(in);
  copy->results = copy->op->infer(*copy);
  return place(std::move(copy));
}

Value Graph::input(const std::string& name, const Type& type) {
  const Value value = add("input", {}, {{"name", name}, {"dtype", type.dtype}, {"shape", type.shape}});
  inputs.push_back(value);
  return value;
}

std::size_t Graph::declare_variable(const std::string& name, const Type& type) {
  variables.push_back({name, type});
  return variables.size() - 1;
}

Value Graph::read(std::size_t variable) {
  for (const Update& update : updates)
    if (update.variable == variable) return update.value;
  if (variable < reads_.size() && reads_[variable]) return reads_[variable]->out();
  const Type& type = variables.at(variable).type;
  return add("variable", {},
             {{"index", static_cast<std::int64_t>(variable)}, {"dtype", type.dtype}, {"shape", type.shape}});
}

void Graph::assign(std::size_t variable, Value value) {
  const VariableInfo& info = variables.at(variable);
  check(value.type() == info.type, ErrorCode::invalid_argument, "variable ", info.name, " of type ",
        to_string(info.type), " can't be assigned ", to_string(value.type()));
  for (Update& update : updates)
    if (update.variable == variable) {
      update.value = value;
      return;
    }
  updates.push_back({variable, value});
}

void Graph::replace_uses(Value from, Value to) {
  auto replace = [&](Value& value) {
    if (value == from) value = to;
  };
  for (auto& node : nodes)
    if (node.get() != to.node)
      for (Value& value : node->inputs) replace(value);
  for (Output& output : outputs) replace(output.value);
  for (Update& update : updates) replace(update.value);
}

void Graph::sort() {
  std::vector<char> state(nodes.size());  // 0 new, 1 open, 2 placed
  std::unordered_map<const Node*, std::size_t> at;
  for (std::size_t i = 0; i < nodes.size(); ++i) at[nodes[i].get()] = i;
  std::vector<std::size_t> order, stack;
  for (std::size_t root = 0; root < nodes.size(); ++root) {
    stack.push_back(root);
    while (!stack.empty()) {
      const std::size_t i = stack.back();
      if (state[i] == 2) {
        stack.pop_back();
        continue;
      }
      bool ready = true;
      for (const Value& value : nodes[i]->inputs) {
        const std::size_t j = at.at(value.node);
        if (state[j] == 2) continue;
        assume(state[j] == 0, "a graph has a cycle");
        ready = false;
        stack.push_back(j);
      }
      state[i] = ready ? 2 : 1;
      if (ready) {
        order.push_back(i);
        stack.pop_back();
      }
    }
  }
  std::deque<std::unique_ptr<Node>> sorted;
  for (std::size_t i : order) {
    nodes[i]->id = static_cast<std::uint32_t>(sorted.size());
    sorted.push_back(std::move(nodes[i]));
  }
  nodes = std::move(sorted);
}

Values inline_graph(Graph& to, const Graph& from, Values inputs) {
  check(inputs.size() == from.inputs.size(), ErrorCode::internal, "a graph of ", from.inputs.size(),
        " inputs was given ", inputs.size());
  std::vector<std::size_t> variables(from.variables.size());
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const VariableInfo& info = from.variables[i];
    auto found = std::find_if(to.variables.begin(), to.variables.end(),
                              [&](const auto& v) { return v.name == info.name; });
    variables[i] = found != to.variables.end() ? found - to.variables.begin()
                                               : to.declare_variable(info.name, info.type);
  }
  std::unordered_map<const Node*, Node*> copies;
  std::map<const Node*, Value> renamed;
  for (std::size_t i = 0; i < inputs.size(); ++i) renamed[from.inputs[i].node] = inputs[i];
  auto mapped = [&](Value value) {
    auto found = renamed.find(value.node);
    return found != renamed.end() ? found->second : Value{copies.at(value.node), value.result};
  };
  for (const auto& node : from.nodes) {
    if (renamed.count(node.get())) continue;
    if (is(*node, "variable")) {
      renamed[node.get()] = to.read(variables[static_cast<std::size_t>(node->get<std::int64_t>("index"))]);
      continue;
    }
    Values in;
    for (const Value& value : node->inputs) in.push_back(mapped(value));
    copies[node.get()] = &to.clone(*node, std::move(in));
  }
  Values results;
  for (const Output& output : from.outputs) results.push_back(mapped(output.value));
  for (const Update& update : from.updates) to.assign(variables[update.variable], mapped(update.value));
  return results;
}

}  // namespace keratin::ir
