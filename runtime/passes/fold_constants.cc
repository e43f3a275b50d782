// Evaluates nodes whose inputs are all constants. Big results stay unfolded: a broadcast is cheaper to
// repeat.
#include "runtime/ir/build.h"
#include "runtime/ir/evaluate.h"
#include "runtime/ir/rewrite.h"
#include "runtime/passes/pass.h"

namespace keratin::passes {
namespace {

constexpr std::int64_t largest = 4096;  // elements

bool foldable(const ir::Node& node, const ir::Values& inputs) {
  if (!node.op->evaluate || !node.regions.empty() || ir::is(node, "constant")) return false;
  for (const ir::Value& value : inputs)
    if (!ir::is(*value.node, "constant")) return false;
  for (const ir::Type& type : node.results)
    if (!ir::is_static(type.shape) || ir::product(type.shape).value() > largest) return false;
  for (const ir::Attribute& attribute : node.attributes)
    if (const ir::Dims* dims = std::get_if<ir::Dims>(&attribute); dims && !ir::is_static(*dims)) return false;
  return true;
}

}  // namespace

ir::Graph fold_constants(const ir::Graph& graph) {
  return ir::rewrite(graph, [](ir::Graph& to, const ir::Node& node, const ir::Values& inputs) {
    ir::Values results;
    if (!foldable(node, inputs)) return results;
    std::vector<ir::HostView> in, out;
    std::vector<Tensor> tensors;
    for (const ir::Value& value : inputs) in.push_back(ir::view_of(value.node->get<Tensor>("value")));
    for (const ir::Type& type : node.results) tensors.emplace_back(type.dtype, ir::to_shape(type.shape));
    for (Tensor& tensor : tensors) out.push_back(ir::view_of(tensor));
    node.op->evaluate(node, in, out);
    for (Tensor& tensor : tensors) results.push_back(ir::constant(to, std::move(tensor)));
    return results;
  });
}

}  // namespace keratin::passes
