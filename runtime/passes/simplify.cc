// Local rules that make a graph smaller: moves that move nothing, moves of moves.
#include <algorithm>

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

bool is_zero(const ir::Value& value) {
  if (ir::is(*value.node, "broadcast_to")) return is_zero(value.node->inputs[0]);
  if (!ir::is(*value.node, "constant") || value.dtype() != DType::float32) return false;
  const Tensor& tensor = value.node->get<Tensor>("value");
  const float* numbers = tensor.data<float>();
  return std::all_of(numbers, numbers + tensor.elements(), [](float x) { return x == 0; });
}

// The blocks that a sum of slice_updates of zeros has, or false.
bool collect_blocks(const ir::Value& sum, std::vector<const ir::Node*>& blocks) {
  const ir::Node& node = *sum.node;
  if (ir::is(node, "add") && node.in(0) == node.in(1))
    return collect_blocks(node.inputs[0], blocks) && collect_blocks(node.inputs[1], blocks);
  if (!ir::is(node, "slice_update") || !is_zero(node.inputs[0])) return false;
  for (std::int64_t stride : node.get<ir::Ints>("stride"))
    if (stride != 1) return false;
  blocks.push_back(&node);
  return true;
}

// What the gradients of slices add up to, where these lie side by side along one axis.
ir::Value sum_of_slices(ir::Graph&, const ir::Node& node, const ir::Values& inputs) {
  std::vector<const ir::Node*> blocks;
  if (!ir::is(node, "add") || !collect_blocks(inputs[0], blocks) || !collect_blocks(inputs[1], blocks))
    return {};
  const ir::Dims& shape = node.results[0].shape;
  if (!ir::is_static(shape)) return {};
  std::size_t axis = 0;
  while (axis < shape.size() && blocks[0]->in(1).shape[axis] == shape[axis]) ++axis;
  if (axis == shape.size()) return {};
  auto start = [&](const ir::Node* block) { return block->get<ir::Dims>("start")[axis].value(); };
  std::sort(blocks.begin(), blocks.end(),
            [&](const ir::Node* a, const ir::Node* b) { return start(a) < start(b); });
  ir::Values parts;
  std::int64_t end = 0;
  for (const ir::Node* block : blocks) {
    for (std::size_t i = 0; i < shape.size(); ++i)
      if (i != axis && !(block->in(1).shape[i] == shape[i])) return {};
    if (start(block) != end) return {};
    end += block->in(1).shape[axis].value();
    parts.push_back(block->inputs[1]);
  }
  return shape[axis] == ir::Dim(end) ? ir::concatenate(parts, static_cast<std::int64_t>(axis)) : ir::Value{};
}

constexpr Rule rules[] = {same_type, reshape_of_reshape, transpose_of_transpose, empty_reduction,
                          sum_of_slices};

}  // namespace

ir::Graph simplify(const ir::Graph& graph) {
  return ir::rewrite(graph, [](ir::Graph& to, const ir::Node& node, const ir::Values& inputs) {
    for (Rule rule : rules)
      if (const ir::Value value = rule(to, node, inputs)) return ir::Values{value};
    return ir::Values();
  });
}

}  // namespace keratin::passes
