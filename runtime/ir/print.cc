#include "runtime/ir/print.h"

#include <algorithm>

#include "runtime/core/error.h"
#include "runtime/ir/op.h"

namespace keratin::ir {
namespace {

std::string name_of(Value value) {
  std::string text = "%" + std::to_string(value.node->id);
  return value.node->results.size() > 1 ? text + "#" + std::to_string(value.result) : text;
}

std::string indented(const std::string& text, const std::string& indent) {
  std::string out;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = text.find('\n', start);
    out += indent + text.substr(start, end - start) + "\n";
    start = end == text.npos ? text.size() : end + 1;
  }
  return out;
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

std::string print(const Node& node) {
  std::string text = node.op->name;
  text += "(";
  for (std::size_t i = 0; i < node.inputs.size(); ++i) text += (i ? ", " : "") + name_of(node.inputs[i]);
  text += ")";
  std::string attributes;
  for (std::size_t i = 0; i < node.attributes.size(); ++i) {
    const AttributeDef& def = node.op->attributes[i];
    if (def.fallback && equal(node.attributes[i], parse_attribute(def.kind, def.fallback))) continue;
    attributes +=
        (attributes.empty() ? "" : ", ") + std::string(def.name) + "=" + to_string(node.attributes[i]);
  }
  if (!attributes.empty()) text += " {" + attributes + "}";
  text += " :";
  for (const Type& type : node.results) text += " " + to_string(type);
  if (!node.label.empty()) text += " // " + one_line(node.label);
  for (const Graph& region : node.regions) text += "\n" + indented(print(region), "    ");
  while (text.back() == '\n') text.pop_back();
  return text;
}

std::string print(const Graph& graph) {
  std::string text = "graph {\n";
  for (const VariableInfo& v : graph.variables)
    text += "  var " + to_string(Attribute(v.name)) + " : " + to_string(v.type) + "\n";
  for (const auto& node : graph.nodes) text += "  %" + std::to_string(node->id) + " = " + print(*node) + "\n";
  for (const Output& output : graph.outputs)
    text += "  output " + to_string(Attribute(output.name)) + " = " + name_of(output.value) + "\n";
  for (const Update& update : graph.updates)
    text += "  update " + std::to_string(update.variable) + " = " + name_of(update.value) + "\n";
  return text + "}\n";
}

namespace {

void verify_variable(const Graph& graph, const Node& node) {
  const auto index = static_cast<std::size_t>(node.get<std::int64_t>("index"));
  check(index < graph.variables.size() && graph.variables[index].type == node.results[0], ErrorCode::internal,
        "graph: %", node.id, " = ", print(node), " is not declared so");
}

}  // namespace

void verify(const Graph& graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = *graph.nodes[i];
    check(node.graph == &graph && node.id == i, ErrorCode::internal, "graph: node ", i, " is out of place");
    for (const Value& value : node.inputs) {
      check(value && value.node->graph == &graph && value.node->id < i, ErrorCode::internal, "graph: %", i,
            " = ", node.op->name, " uses a value that isn't there yet");
      check(value.result < value.node->results.size(), ErrorCode::internal, "graph: %", i,
            " uses a missing result");
    }
    check(node.attributes.size() == node.op->attributes.size(), ErrorCode::internal, "graph: %", i,
          " lacks attributes");
    const std::vector<Type> expected = node.op->infer(node);
    check(expected == node.results, ErrorCode::internal, "graph: %", i, " = ", print(node),
          ": the types don't fit its inputs");
    for (const Graph& region : node.regions) verify(region);
    if (is(node, "variable")) verify_variable(graph, node);
  }
  for (const Value& input : graph.inputs)
    check(input && input.node->graph == &graph && is(*input.node, "input"), ErrorCode::internal,
          "graph: an input is lost");
  for (const Output& output : graph.outputs)
    check(output.value && output.value.node->graph == &graph, ErrorCode::internal, "graph: output ",
          output.name, " is lost");
  for (const Update& update : graph.updates)
    check(update.value && update.value.node->graph == &graph && update.variable < graph.variables.size() &&
              update.value.type() == graph.variables[update.variable].type,
          ErrorCode::internal, "graph: an update is malformed");
}

}  // namespace keratin::ir
