#include "kernels/math/epilogue.h"

#include "runtime/ir/build.h"
#include "runtime/ir/print.h"

namespace keratin::epilogue {
namespace {

const ir::OpDef& base_of(const ir::Node& node) {
  const std::string_view name = node.op->name, suffix = "_epilogue";
  return ir::find_op(name.substr(0, name.size() - suffix.size()));
}

ir::Value base_value(ir::Graph& graph, const ir::Node& node, ir::Value a, ir::Value b) {
  const ir::OpDef& op = base_of(node);
  ir::NamedAttributes given;
  for (const ir::AttributeDef& def : op.attributes) given.emplace_back(def.name, node.attribute(def.name));
  return graph.add(op, {a, b}, std::move(given)).out();
}

}  // namespace

Places places_of(const ir::Node& node) {
  Places places;
  int next = 2;
  if (node.get<bool>("scale")) places.scale = next++;
  if (node.get<bool>("shift")) places.shift = next++;
  if (node.get<bool>("add")) places.add = next++;
  return places;
}

Parts parts_of(const ir::Node& node, const ir::Values& inputs) {
  const Places places = places_of(node);
  auto at = [&](int i) { return i < 0 ? ir::Value{} : inputs[static_cast<std::size_t>(i)]; };
  return {at(places.scale), at(places.shift), at(places.add)};
}

std::vector<ir::Type> infer(const ir::Node& node) {
  const Places places = places_of(node);
  const std::size_t count = 2u + (places.scale > 0) + (places.shift > 0) + (places.add > 0);
  ir::op_check_inputs(node, count);
  ir::Graph base;
  const ir::Value a = base.input("a", node.in(0)), b = base.input("b", node.in(1));
  const ir::Type type = base_value(base, node, a, b).type();
  ir::op_check(type.rank() >= 1, node, "the result ", ir::printed(type), " needs an axis");
  const ir::Type channels{type.dtype, {type.shape.back()}};
  const Parts parts = parts_of(node, node.inputs);
  ir::op_check(!parts.scale || parts.scale.type() == channels, node, "scale must be ", ir::printed(channels));
  ir::op_check(!parts.shift || parts.shift.type() == channels, node, "shift must be ", ir::printed(channels));
  ir::op_check(!parts.add || parts.add.type() == type, node, "add must be ", ir::printed(type));
  ir::op_check(node.regions.size() <= 1, node, "wants at most one region");
  for (const ir::Graph& region : node.regions)
    ir::op_check(region.inputs.size() == 1 && region.outputs.size() == 1 && region.inputs[0].type() == type &&
                     region.outputs[0].value.type() == type,
                 node, "the region must lead from ", ir::printed(type), " to the same");
  return {type};
}

ir::Values decompose(ir::Graph& graph, const ir::Node& node, const ir::Values& inputs) {
  const Parts parts = parts_of(node, inputs);
  ir::Value y = base_value(graph, node, inputs[0], inputs[1]);
  if (parts.scale) y = y * parts.scale;
  if (parts.shift) y = y + parts.shift;
  if (parts.add) y = y + parts.add;
  if (!node.regions.empty()) return ir::inline_graph(graph, node.regions[0], {y});
  return {y};
}

}  // namespace keratin::epilogue
