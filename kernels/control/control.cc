#include "kernels/control/control.h"

#include <cstring>

namespace keratin::control {

void check_region(const ir::Node& node, const ir::Graph& region, const std::vector<ir::Type>& inputs) {
  ir::op_check(region.variables.empty(), node, "a region can't read variables: pass them in");
  ir::op_check(region.inputs.size() == inputs.size(), node, "a region of ", region.inputs.size(),
               " inputs is given ", inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    ir::op_check(region.inputs[i].type() == inputs[i], node, "region input ", i, " is ",
                 to_string(region.inputs[i].type()), ", given ", to_string(inputs[i]));
}

ir::Type step_of(const ir::Type& type) {
  return {type.dtype, ir::Dims(type.shape.begin() + 1, type.shape.end())};
}

Tensor borrow(const ir::HostView& view) {
  return Tensor(view.dtype, Shape(view.shape.begin(), view.shape.end()), nullptr, view.data);
}

Tensor borrow_step(const ir::HostView& view, std::int64_t step) {
  Shape shape(view.shape.begin() + 1, view.shape.end());
  std::int64_t bytes = static_cast<std::int64_t>(size_of(view.dtype));
  for (std::int64_t dim : shape) bytes *= dim;
  return Tensor(view.dtype, std::move(shape), nullptr, view.as<std::byte>() + step * bytes);
}

void copy_to(const Tensor& value, const ir::HostView& view) {
  if (value.bytes()) std::memcpy(view.data, value.raw(), value.bytes());
}

namespace {

using ir::AttributeKind;
constexpr ir::AttributeDef scan_attributes[] = {{"carries", AttributeKind::integer},
                                                {"xs", AttributeKind::integer, "0"},
                                                {"length", AttributeKind::dims},
                                                {"reverse", AttributeKind::boolean, "false"}};
constexpr ir::AttributeDef while_attributes[] = {{"carries", AttributeKind::integer}};

// h = tanh(x + h w); y = h²
constexpr const char* recurrent_region = R"(graph {
  %0 = input() {name="h", dtype=f64, shape=[2,3]}
  %1 = input() {name="x", dtype=f64, shape=[2,3]}
  %2 = input() {name="w", dtype=f64, shape=[3,3]}
  %3 = dot_general(%0, %2) {contract_a=[1], contract_b=[0]}
  %4 = add(%1, %3)
  %5 = tanh(%4)
  %6 = square(%5)
  output "h" = %5
  output "y" = %6
})";
// Two carries, one a counter; two sequences; an invariant.
constexpr const char* mixed_region = R"(graph {
  %0 = input() {name="count", dtype=i32, shape=[]}
  %1 = input() {name="sum", dtype=f64, shape=[2]}
  %2 = input() {name="a", dtype=f64, shape=[2]}
  %3 = input() {name="b", dtype=f64, shape=[]}
  %4 = input() {name="scale", dtype=f64, shape=[]}
  %5 = constant() {value=i32[]{01000000}}
  %6 = add(%0, %5)
  %7 = cast(%0) {dtype=f64}
  %8 = multiply(%2, %3)
  %9 = multiply(%8, %7)
  %10 = multiply(%1, %4)
  %11 = add(%9, %10)
  %12 = sin(%1)
  output "count" = %6
  output "sum" = %11
  output "index" = %0
  output "y" = %12
})";
constexpr const char* counting_region = R"(graph {
  %0 = input() {name="h", dtype=f32, shape=[2]}
  %1 = add(%0, %0)
  output "h" = %1
})";
constexpr ir::Case scan_cases[] = {
    {"carries=1, xs=1, length=[4]", "f64[2,3] f64[4,2,3] f64[3,3]", recurrent_region},
    {"carries=1, xs=1, length=[4], reverse=true", "f64[2,3] f64[4,2,3] f64[3,3]", recurrent_region},
    {"carries=2, xs=2, length=[5]", "i32[] f64[2] f64[5,2] f64[5] f64[]", mixed_region},
    {"carries=2, xs=2, length=[1], reverse=true", "i32[] f64[2] f64[1,2] f64[1] f64[]", mixed_region},
    {"carries=1, length=[3]", "f32[2]", counting_region},
    {"carries=1, length=[0]", "f32[2]", counting_region},
};

constexpr const char* halving_regions = R"(graph {
  %0 = input() {name="i", dtype=i32, shape=[]}
  %1 = input() {name="x", dtype=f64, shape=[2]}
  %2 = input() {name="factor", dtype=f64, shape=[]}
  %3 = constant() {value=i32[]{03000000}}
  %4 = less(%0, %3)
  output "more" = %4
}
graph {
  %0 = input() {name="i", dtype=i32, shape=[]}
  %1 = input() {name="x", dtype=f64, shape=[2]}
  %2 = input() {name="factor", dtype=f64, shape=[]}
  %3 = constant() {value=i32[]{01000000}}
  %4 = add(%0, %3)
  %5 = multiply(%1, %2)
  output "i" = %4
  output "x" = %5
})";
constexpr ir::Case while_cases[] = {{"carries=2", "i32[] f64[2] f64[]", halving_regions}};

constexpr const char* branch_regions = R"(graph {
  %0 = input() {name="a", dtype=f64, shape=[3]}
  %1 = input() {name="b", dtype=f64, shape=[]}
  %2 = multiply(%0, %1)
  %3 = sin(%0)
  output "y" = %2
  output "z" = %3
}
graph {
  %0 = input() {name="a", dtype=f64, shape=[3]}
  %1 = input() {name="b", dtype=f64, shape=[]}
  %2 = square(%0)
  output "y" = %2
  output "z" = %0
})";
constexpr ir::Case cond_cases[] = {{"", "bool[] f64[3] f64[]", branch_regions}};

constexpr ir::OpDef ops[] = {
    {"scan", scan_attributes, infer_scan, {scan_gradient}, nullptr, evaluate_scan, scan_cases},
    {"while",
     while_attributes,
     infer_while,
     {nullptr, "the number of steps of a while loop is not known; a scan has a gradient",
      ir::NoGradient::refused},
     nullptr,
     evaluate_while,
     while_cases},
    {"cond", {}, infer_cond, {cond_gradient}, nullptr, evaluate_cond, cond_cases},
};

}  // namespace
}  // namespace keratin::control

namespace keratin {
extern const ir::OpFamily ops_control{control::ops};
}  // namespace keratin
