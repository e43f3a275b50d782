#include "kernels/control/control.h"

namespace keratin::control {

using namespace ir;

std::vector<Type> infer_while(const Node& node) {
  op_check(node.regions.size() == 2, node, "wants a condition and a body, got ", node.regions.size(),
           " regions");
  const auto carries = node.get<std::int64_t>("carries");
  op_check(carries >= 0 && carries <= static_cast<std::int64_t>(node.inputs.size()), node, carries,
           " carries of ", node.inputs.size(), " inputs");
  std::vector<Type> types;
  for (const Value& value : node.inputs) types.push_back(value.type());
  for (const Graph& region : node.regions) check_region(node, region, types);
  const auto &test = node.regions[0].outputs, &body = node.regions[1].outputs;
  op_check(test.size() == 1 && test[0].value.type() == Type{DType::boolean, {}}, node,
           "the condition must give one bool");
  types.resize(static_cast<std::size_t>(carries));
  op_check(body.size() == types.size(), node, "the body gives ", body.size(), " values, expected ", carries);
  for (std::size_t i = 0; i < types.size(); ++i)
    op_check(body[i].value.type() == types[i], node, "carry ", i, " goes in as ", to_string(types[i]),
             " and comes out as ", to_string(body[i].value.type()));
  return types;
}

void evaluate_while(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  std::vector<Tensor> state;
  for (const HostView& view : in) state.push_back(borrow(view));
  while (*evaluate_graph(node.regions[0], state)[0].data<bool>()) {
    const std::vector<Tensor> next = evaluate_graph(node.regions[1], state);
    for (std::size_t i = 0; i < next.size(); ++i) state[i] = next[i];
  }
  for (std::size_t i = 0; i < out.size(); ++i) copy_to(state[i], out[i]);
}

}  // namespace keratin::control
