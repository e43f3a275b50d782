#include "kernels/control/control.h"
#include "runtime/ir/build.h"

namespace keratin::control {

using namespace ir;

std::vector<Type> infer_cond(const Node& node) {
  op_check(node.regions.size() == 2, node, "wants two regions, got ", node.regions.size());
  op_check(!node.inputs.empty() && node.in(0) == Type{DType::boolean, {}}, node,
           "the first input must be one bool");
  std::vector<Type> types;
  for (std::size_t i = 1; i < node.inputs.size(); ++i) types.push_back(node.in(i));
  for (const Graph& region : node.regions) check_region(node, region, types);
  const auto &yes = node.regions[0].outputs, &no = node.regions[1].outputs;
  op_check(yes.size() == no.size(), node, "the regions give ", yes.size(), " and ", no.size(), " values");
  std::vector<Type> results;
  for (std::size_t i = 0; i < yes.size(); ++i) {
    results.push_back(yes[i].value.type());
    op_check(no[i].value.type() == results.back(), node, "result ", i, " is ", to_string(results.back()),
             " in one region and ", to_string(no[i].value.type()), " in the other");
  }
  return results;
}

void evaluate_cond(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  std::vector<Tensor> operands;
  for (std::size_t i = 1; i < in.size(); ++i) operands.push_back(borrow(in[i]));
  const std::vector<Tensor> results = evaluate_graph(node.regions[*in[0].as<bool>() ? 0 : 1], operands);
  for (std::size_t i = 0; i < out.size(); ++i) copy_to(results[i], out[i]);
}

namespace {

// The gradient of one region: takes the operands and the dy that flow, gives d of each floating operand.
Graph region_gradient(const Node& node, const Graph& region, std::span<const Value> dy) {
  Graph made;
  Values operands, seeds, wrt;
  for (std::size_t i = 1; i < node.inputs.size(); ++i) operands.push_back(made.input("x", node.in(i)));
  for (const Value& value : dy) seeds.push_back(value ? made.input("dy", value.type()) : Value{});
  const Values results = inline_graph(made, region, operands);
  for (const Value& value : operands)
    if (is_floating(value.dtype())) wrt.push_back(value);
  const Values found = gradients(results, seeds, wrt);
  for (std::size_t i = 0; i < wrt.size(); ++i)
    made.output("dx", found[i] ? found[i] : full(made, wrt[i].type(), 0));
  return made;
}

}  // namespace

Gradients cond_gradient(Node& node, std::span<const Value> dy) {
  Values inputs = node.inputs;
  for (const Value& value : dy)
    if (value) inputs.push_back(value);
  std::vector<Graph> regions;
  for (const Graph& region : node.regions) regions.push_back(region_gradient(node, region, dy));
  Node& made = node.graph->add_node("cond", std::move(inputs), {}, std::move(regions));
  Gradients result;
  result.inputs.resize(node.inputs.size());
  std::uint32_t at = 0;
  for (std::size_t i = 1; i < node.inputs.size(); ++i)
    if (is_floating(node.in(i).dtype)) result.inputs[i] = made.out(at++);
  return result;
}

}  // namespace keratin::control
