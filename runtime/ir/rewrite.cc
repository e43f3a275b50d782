#include "runtime/ir/rewrite.h"

#include "runtime/core/error.h"
#include "runtime/ir/op.h"

namespace keratin::ir {

std::vector<char> live_nodes(const Graph& graph) {
  std::vector<char> live(graph.nodes.size());
  for (const Output& output : graph.outputs) live[output.value.node->id] = 1;
  for (const Update& update : graph.updates) live[update.value.node->id] = 1;
  for (const Value& input : graph.inputs) live[input.node->id] = 1;
  for (std::size_t i = graph.nodes.size(); i-- > 0;)
    if (live[i])
      for (const Value& value : graph.nodes[i]->inputs) live[value.node->id] = 1;
  return live;
}

Graph rewrite(const Graph& from, const Rewrite& replace) {
  Graph to;
  to.variables = from.variables;
  const std::vector<char> live = live_nodes(from);
  std::vector<Values> made(from.nodes.size());
  auto mapped = [&](Value value) { return made[value.node->id][value.result]; };
  for (const auto& node : from.nodes) {
    if (!live[node->id]) continue;
    Values inputs;
    inputs.reserve(node->inputs.size());
    for (const Value& value : node->inputs) inputs.push_back(mapped(value));
    to.label = node->label;
    Values& results = made[node->id] = replace(to, *node, inputs);
    if (!results.empty()) continue;
    Node& copy = to.clone(*node, std::move(inputs));
    for (std::uint32_t i = 0; i < copy.results.size(); ++i) results.push_back(copy.out(i));
  }
  to.label.clear();
  for (const Value& input : from.inputs) to.inputs.push_back(mapped(input));
  for (const Output& output : from.outputs) to.outputs.push_back({output.name, mapped(output.value)});
  for (const Update& update : from.updates) to.updates.push_back({update.variable, mapped(update.value)});
  return to;
}

Graph specialise(const Graph& from, const Symbols& values) {
  return rewrite(from, [&](Graph& to, const Node& node, const Values& inputs) {
    bool symbolic = !node.regions.empty();
    for (const Attribute& attribute : node.attributes)
      if (const Dims* dims = std::get_if<Dims>(&attribute)) symbolic |= !is_static(*dims);
    if (!symbolic) return Values();
    NamedAttributes attributes;
    for (std::size_t i = 0; i < node.attributes.size(); ++i) {
      Attribute value = node.attributes[i];
      if (Dims* dims = std::get_if<Dims>(&value))
        for (Dim& dim : *dims) dim = dim.substitute(values);
      attributes.emplace_back(node.op->attributes[i].name, std::move(value));
    }
    std::vector<Graph> regions;
    for (const Graph& region : node.regions) regions.push_back(specialise(region, values));
    Node& made = to.add(*node.op, inputs, std::move(attributes), std::move(regions));
    Values results;
    for (std::uint32_t i = 0; i < made.results.size(); ++i) results.push_back(made.out(i));
    return results;
  });
}

}  // namespace keratin::ir
