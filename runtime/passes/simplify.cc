// Local rules that make a graph smaller: moves that move nothing, moves of moves.
#include "runtime/ir/build.h"
#include "runtime/ir/op.h"
#include "runtime/ir/rewrite.h"
#include "runtime/passes/pass.h"

namespace keratin::passes {
namespace {

// A value that stands for node's only result, or null.
using Rule = ir::Value (*)(ir::Graph& to, const ir::Node& node, const ir::Values& inputs);

ir::Value same_type(ir::Graph&, const ir::Node& node, const ir::Values& inputs) {
  for (const char* op : {"reshape", "broadcast_to", "cast", "stop_gradient"})
    if (ir::is(node, op)) return inputs[0].type() == node.results[0] ? inputs[0] : ir::Value{};
  return {};
}

ir::Value reshape_of_reshape(ir::Graph&, const ir::Node& node, const ir::Values& inputs) {
  if (!ir::is(node, "reshape") || !ir::is(*inputs[0].node, "reshape")) return {};
  return ir::reshape(inputs[0].node->inputs[0], node.results[0].shape);
}

ir::Value transpose_of_transpose(ir::Graph&, const ir::Node& node, const ir::Values& inputs) {
  if (!ir::is(node, "transpose") || !ir::is(*inputs[0].node, "transpose")) return {};
  const auto& outer = node.get<ir::Ints>("permutation");
  const auto& inner = inputs[0].node->get<ir::Ints>("permutation");
  ir::Ints joined;
  for (std::int64_t axis : outer) joined.push_back(inner[static_cast<std::size_t>(axis)]);
  return ir::transpose(inputs[0].node->inputs[0], std::move(joined));
}

ir::Value empty_reduction(ir::Graph&, const ir::Node& node, const ir::Values& inputs) {
  for (const char* op : {"reduce_sum", "reduce_mean", "reduce_max", "reduce_min", "reduce_prod"})
    if (ir::is(node, op) && node.get<ir::Ints>("axes").empty()) return inputs[0];
  return {};
}

constexpr Rule rules[] = {same_type, reshape_of_reshape, transpose_of_transpose, empty_reduction};

}  // namespace

ir::Graph simplify(const ir::Graph& graph) {
  return ir::rewrite(graph, [](ir::Graph& to, const ir::Node& node, const ir::Values& inputs) {
    for (Rule rule : rules)
      if (const ir::Value value = rule(to, node, inputs)) return ir::Values{value};
    return ir::Values();
  });
}

}  // namespace keratin::passes
