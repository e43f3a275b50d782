// Ops with an epilogue: op(a, b) · scale + shift + add, then a region of element-wise ops. scale and shift
// belong to the last axis, add has the result's shape; each is there or not. Made by a pass, after gradients.
#pragma once

#include <array>

#include "runtime/ir/op.h"

namespace keratin::epilogue {

// What stands behind the base op's own attributes.
inline constexpr std::array<ir::AttributeDef, 3> attributes = {
    {{"scale", ir::AttributeKind::boolean, "false"},
     {"shift", ir::AttributeKind::boolean, "false"},
     {"add", ir::AttributeKind::boolean, "false"}}};
template <std::size_t N>
constexpr std::array<ir::AttributeDef, N + 3> with_epilogue(const ir::AttributeDef (&base)[N]) {
  std::array<ir::AttributeDef, N + 3> all{};
  for (std::size_t i = 0; i < N; ++i) all[i] = base[i];
  for (std::size_t i = 0; i < 3; ++i) all[N + i] = attributes[i];
  return all;
}

// Inputs of an epilogue node by their part; null where the part is missing.
struct Parts {
  ir::Value scale, shift, add;
};
Parts parts_of(const ir::Node& node, const ir::Values& inputs);
// Numbers of these inputs, or -1.
struct Places {
  int scale = -1, shift = -1, add = -1;
};
Places places_of(const ir::Node& node);

// The base op is the node's name without "_epilogue".
std::vector<ir::Type> infer(const ir::Node& node);
ir::Values decompose(ir::Graph& graph, const ir::Node& node, const ir::Values& inputs);

inline constexpr const char* no_gradient = "it is made of differentiated graphs";

}  // namespace keratin::epilogue
