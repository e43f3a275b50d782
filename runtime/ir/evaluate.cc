#include "runtime/ir/evaluate.h"

#include <cstring>
#include <unordered_map>

#include "runtime/core/shape.h"

namespace keratin::ir {

HostView view_of(const Tensor& tensor) {
  return {tensor.dtype(), tensor.shape(), const_cast<void*>(tensor.raw())};
}

void evaluate_node(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  if (node.op->evaluate) return node.op->evaluate(node, in, out);
  check(node.op->decompose != nullptr, ErrorCode::internal, "op ", node.op->name,
        " has neither reference nor decomposition");
  Graph graph;
  Values inputs;
  std::vector<Tensor> tensors;
  for (std::size_t i = 0; i < in.size(); ++i) {
    inputs.push_back(graph.input("x" + std::to_string(i), node.in(i)));
    tensors.emplace_back(in[i].dtype, Shape(in[i].shape.begin(), in[i].shape.end()), nullptr, in[i].data);
  }
  const Values results = node.op->decompose(graph, node, inputs);
  for (const Value& value : results) graph.output("", value);
  const std::vector<Tensor> values = evaluate_graph(graph, tensors);
  for (std::size_t i = 0; i < out.size(); ++i)
    if (values[i].bytes()) std::memcpy(out[i].data, values[i].raw(), values[i].bytes());
}

std::vector<Tensor> evaluate_graph(const Graph& graph, std::span<const Tensor> inputs,
                                   std::span<const Tensor> variables) {
  std::unordered_map<const Node*, std::vector<Tensor>> values;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) values[graph.inputs[i].node] = {inputs[i]};
  for (const auto& node : graph.nodes) {
    if (values.count(node.get())) continue;
    if (is(*node, "variable")) {
      values[node.get()] = {variables[static_cast<std::size_t>(node->get<std::int64_t>("index"))]};
      continue;
    }
    std::vector<HostView> in, out;
    for (const Value& value : node->inputs) in.push_back(view_of(values.at(value.node)[value.result]));
    std::vector<Tensor>& results = values[node.get()];
    for (const Type& type : node->results) results.emplace_back(type.dtype, to_shape(type.shape));
    for (Tensor& result : results) out.push_back(view_of(result));
    evaluate_node(*node, in, out);
  }
  std::vector<Tensor> found;
  for (const Output& output : graph.outputs)
    found.push_back(values.at(output.value.node)[output.value.result]);
  for (const Update& update : graph.updates)
    found.push_back(values.at(update.value.node)[update.value.result]);
  return found;
}

}  // namespace keratin::ir
