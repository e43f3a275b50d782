// Zeros put around a convolution's or a window's input become the padding of that op itself: no padded copy.
#include <algorithm>
#include <array>

#include "runtime/ir/build_nn.h"
#include "runtime/ir/op.h"
#include "runtime/ir/rewrite.h"
#include "runtime/passes/pass.h"

namespace keratin::passes {
namespace {

using ir::Dims;
using ir::Ints;
using ir::Node;
using ir::Value;

bool is_zero(const Value& value) {
  if (!ir::is(*value.node, "constant")) return false;
  const Tensor& tensor = value.node->get<Tensor>("value");
  const auto* bytes = static_cast<const std::byte*>(tensor.raw());
  return std::all_of(bytes, bytes + tensor.bytes(), [](std::byte b) { return b == std::byte{0}; });
}

bool is_not_negative(const Value& value) {
  constexpr std::array ops = {"relu", "relu6", "sigmoid", "hard_sigmoid", "softplus", "exp", "abs", "square"};
  return std::any_of(ops.begin(), ops.end(), [&](const char* op) { return ir::is(*value.node, op); });
}

// The node that pads x with zeros along spatial axes only, or null.
const Node* zero_padding(const Value& x) {
  if (!ir::is(*x.node, "pad") || !is_zero(x.node->inputs[1])) return nullptr;
  for (const char* side : {"low", "high"}) {
    const Ints& amounts = x.node->get<Ints>(side);
    if (amounts.front() != 0 || amounts.back() != 0) return nullptr;
    if (std::any_of(amounts.begin(), amounts.end(), [](std::int64_t n) { return n < 0; })) return nullptr;
  }
  return x.node;
}

// The op's own padding and the pad node's together.
Dims joined(const Node& op, const Node& pad, const char* side) {
  Dims sum = op.get<Dims>(side);
  const Ints& more = pad.get<Ints>(side);
  for (std::size_t axis = 0; axis < sum.size(); ++axis) sum[axis] = sum[axis] + ir::Dim(more[axis + 1]);
  return sum;
}

Value into_convolution(const Node& node, const ir::Values& inputs) {
  const Node* pad = zero_padding(inputs[0]);
  const Ints& dilated = node.get<Ints>("input_dilation");
  if (!pad || std::any_of(dilated.begin(), dilated.end(), [](std::int64_t n) { return n != 1; })) return {};
  return ir::convolution(pad->inputs[0], inputs[1],
                         {node.get<Ints>("strides"), joined(node, *pad, "low"), joined(node, *pad, "high"),
                          node.get<Ints>("dilation"), dilated, node.get<std::int64_t>("groups")});
}

// A maximum ignores what lies outside, as if it were the lowest number: the same as zeros where no element is
// negative and every window has one.
bool maximum_takes(const Node& node, const Node& pad, const Dims& low, const Dims& high) {
  if (!is_not_negative(pad.inputs[0])) return false;
  const Ints& window = node.get<Ints>("window");
  for (std::size_t axis = 0; axis < window.size(); ++axis)
    for (const ir::Dim& side : {low[axis], high[axis]})
      if (!side.is_constant() || side.value() >= window[axis]) return false;
  return true;
}

Value into_window(const Node& node, const ir::Values& inputs) {
  const Node* pad = zero_padding(inputs[0]);
  if (!pad) return {};
  const auto& kind = node.get<std::string>("kind");
  const Dims low = joined(node, *pad, "low"), high = joined(node, *pad, "high");
  if (kind != "sum" && !(kind == "max" && maximum_takes(node, *pad, low, high))) return {};
  return ir::reduce_window(kind.c_str(), pad->inputs[0],
                           {node.get<Ints>("window"), node.get<Ints>("strides"), low, high});
}

}  // namespace

ir::Graph fold_padding(const ir::Graph& graph) {
  return ir::without_dead_code(ir::rewrite(graph, [](ir::Graph&, const Node& node, const ir::Values& inputs) {
    Value value;
    if (ir::is(node, "convolution")) value = into_convolution(node, inputs);
    if (ir::is(node, "reduce_window")) value = into_window(node, inputs);
    return value ? ir::Values{value} : ir::Values();
  }));
}

}  // namespace keratin::passes
