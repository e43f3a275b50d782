// fused_elementwise: a region of element-wise ops that runs over tiles in one go. Made by a pass, after
// gradients. Inputs broadcast to the shape that all results have; inside are the ops and scalar constants.
#pragma once

#include "runtime/ir/op.h"

namespace keratin::elementwise {

std::vector<ir::Type> infer_fused(const ir::Node& node);
ir::Values decompose_fused(ir::Graph& graph, const ir::Node& node, const ir::Values& inputs);

inline constexpr const char* fused_region = R"(graph {
  %0 = input() {name="x", dtype=f32, shape=[2,5]}
  %1 = input() {name="y", dtype=f32, shape=[5]}
  %2 = add(%0, %1)
  %3 = tanh(%2)
  output "y" = %3
})";
inline constexpr const char* fused_results = R"(graph {
  %0 = input() {name="x", dtype=f32, shape=[2,135]}
  %1 = input() {name="y", dtype=f32, shape=[135]}
  %2 = multiply(%0, %1)
  %3 = add(%2, %0)
  %4 = greater(%3, %2)
  output "y" = %3
  output "product" = %2
  output "more" = %4
  output "x" = %0
})";
inline constexpr ir::Case fused_cases[] = {{"", "f32[2,5] f32[5]", fused_region},
                                           {"", "f32[2,135] f32[135]", fused_results}};
inline constexpr std::array<ir::OpDef, 1> fused_ops = {{{"fused_elementwise",
                                                         {},
                                                         infer_fused,
                                                         {nullptr, "it is made of differentiated graphs"},
                                                         decompose_fused,
                                                         nullptr,
                                                         fused_cases}}};

}  // namespace keratin::elementwise
