// cast, select and stop_gradient: element-wise ops whose operands differ in dtype or that differentiate
// otherwise.
#pragma once

#include "kernels/elementwise/functor.h"

namespace keratin::elementwise {

std::vector<ir::Type> infer_cast(const ir::Node& node);
ir::Gradients cast_gradient(ir::Node& node, std::span<const ir::Value> dy);
void evaluate_cast(const ir::Node&, std::span<const ir::HostView> in, std::span<const ir::HostView> out);
std::vector<ir::Type> infer_select(const ir::Node& node);
ir::Gradients select_gradient(ir::Node& node, std::span<const ir::Value> dy);
void evaluate_select(const ir::Node&, std::span<const ir::HostView> in, std::span<const ir::HostView> out);
std::vector<ir::Type> infer_stop_gradient(const ir::Node& node);
void evaluate_stop_gradient(const ir::Node&, std::span<const ir::HostView> in,
                            std::span<const ir::HostView> out);

inline constexpr ir::AttributeDef cast_attributes[] = {{"dtype", ir::AttributeKind::dtype}};
inline constexpr ir::Case cast_cases[] = {{"dtype=f64", "f32[3]"},
                                          {"dtype=f64", "f64[3]"},
                                          {"dtype=i32", "f32[3]"},
                                          {"dtype=f16", "f32[3]"},
                                          {"dtype=f32", "bool[3]"}};
inline constexpr ir::Case select_cases[] = {{"", "bool[2,5] f32[2,5] f32[5]"},
                                            {"", "bool[3,1] f64[] f64[4]"}};
inline constexpr ir::Case stop_cases[] = {{"", "f32[3]"}};
inline constexpr std::array<ir::OpDef, 3> typed_ops = {{
    {"cast", cast_attributes, infer_cast, {cast_gradient}, nullptr, evaluate_cast, cast_cases, true},
    {"select", {}, infer_select, {select_gradient}, nullptr, evaluate_select, select_cases, true},
    {"stop_gradient",
     {},
     infer_stop_gradient,
     {nullptr, "stop_gradient lets nothing through"},
     nullptr,
     evaluate_stop_gradient,
     stop_cases},
}};

}  // namespace keratin::elementwise
