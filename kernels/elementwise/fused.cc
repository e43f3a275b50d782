#include "kernels/elementwise/fused.h"

namespace keratin::elementwise {

std::vector<ir::Type> infer_fused(const ir::Node& node) {
  ir::op_check(node.regions.size() == 1, node, "wants one region");
  const ir::Graph& region = node.regions[0];
  ir::op_check(region.inputs.size() == node.inputs.size() && !region.outputs.empty(), node, "the region has ",
               region.inputs.size(), " inputs and ", region.outputs.size(), " outputs, expected ",
               node.inputs.size(), " and one or more");
  for (std::size_t i = 0; i < node.inputs.size(); ++i)
    ir::op_check(region.inputs[i].type() == node.in(i), node, "input ", i, " is ", ir::to_string(node.in(i)),
                 ", the region expects ", ir::to_string(region.inputs[i].type()));
  std::vector<ir::Type> types;
  for (const ir::Output& output : region.outputs) {
    types.push_back(output.value.type());
    ir::op_check(types.back().shape == types[0].shape, node, "results ", ir::to_string(types[0]), " and ",
                 ir::to_string(types.back()), " differ in shape");
  }
  return types;
}

ir::Values decompose_fused(ir::Graph& graph, const ir::Node& node, const ir::Values& inputs) {
  return ir::inline_graph(graph, node.regions[0], inputs);
}

}  // namespace keratin::elementwise
