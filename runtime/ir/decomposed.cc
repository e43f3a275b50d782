#include "runtime/ir/decomposed.h"

#include "runtime/ir/build.h"

namespace keratin::ir {

Gradients gradient_of_decomposition(Node& node, std::span<const Value> dy) {
  // A graph of its own keeps inputs that are one value twice (self-attention) apart.
  Graph graph;
  Values inputs, given, seeds;
  for (const Value& value : node.inputs) {
    inputs.push_back(graph.input("x", value.type()));
    given.push_back(value);
  }
  for (const Value& value : dy) {
    seeds.push_back(value ? graph.input("dy", value.type()) : Value{});
    if (value) given.push_back(value);
  }
  const Values results = node.op->decompose(graph, node, inputs);
  for (const Value& value : results) graph.output("y", value);
  const Values flow = gradients(results, seeds, inputs);
  for (const Value& value : flow)
    if (value) graph.output("dx", value);
  const Values found = inline_graph(*node.graph, graph, given);
  Gradients result;
  // what the gradient keeps of the forward pass gives the results, too
  result.replacements.assign(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(results.size()));
  std::size_t next = results.size();
  for (const Value& value : flow) result.inputs.push_back(value ? found[next++] : Value{});
  return result;
}

}  // namespace keratin::ir
