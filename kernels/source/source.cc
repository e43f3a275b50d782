// Where values come from: inputs, variables, constants, dimensions, counters.
#include <cstring>

#include "runtime/core/half.h"
#include "runtime/ir/op.h"

namespace keratin {
namespace {

using namespace ir;

constexpr AttributeDef input_attributes[] = {
    {"name", AttributeKind::string}, {"dtype", AttributeKind::dtype}, {"shape", AttributeKind::dims}};
constexpr AttributeDef variable_attributes[] = {
    {"index", AttributeKind::integer}, {"dtype", AttributeKind::dtype}, {"shape", AttributeKind::dims}};
constexpr AttributeDef constant_attributes[] = {{"value", AttributeKind::tensor}};
constexpr AttributeDef dimension_attributes[] = {{"dim", AttributeKind::dims},
                                                 {"dtype", AttributeKind::dtype, "i64"}};
constexpr AttributeDef iota_attributes[] = {
    {"shape", AttributeKind::dims}, {"axis", AttributeKind::integer}, {"dtype", AttributeKind::dtype}};

std::vector<Type> infer_given(const Node& node) {
  op_check_inputs(node, 0);
  return {{node.get<DType>("dtype"), node.get<Dims>("shape")}};
}

std::vector<Type> infer_constant(const Node& node) {
  op_check_inputs(node, 0);
  const Tensor& value = node.get<Tensor>("value");
  return {{value.dtype(), to_dims(value.shape())}};
}

void evaluate_constant(const Node& node, std::span<const HostView>, std::span<const HostView> out) {
  const Tensor& value = node.get<Tensor>("value");
  if (value.bytes()) std::memcpy(out[0].data, value.raw(), value.bytes());
}

std::vector<Type> infer_dimension(const Node& node) {
  op_check_inputs(node, 0);
  op_check(node.get<Dims>("dim").size() == 1, node, "dim must be one expression");
  return {{node.get<DType>("dtype"), {}}};
}

void evaluate_dimension(const Node& node, std::span<const HostView>, std::span<const HostView> out) {
  const std::int64_t value = node.get<Dims>("dim")[0].value();
  visit_dtype(out[0].dtype, [&]<class T>() { *out[0].as<T>() = T(static_cast<compute_t<T>>(value)); });
}

std::vector<Type> infer_iota(const Node& node) {
  const auto axis = node.get<std::int64_t>("axis");
  std::vector<Type> types = infer_given(node);
  op_check(axis >= 0 && axis < static_cast<std::int64_t>(types[0].rank()), node, "axis ", axis,
           " is outside of the shape");
  return types;
}

void evaluate_iota(const Node& node, std::span<const HostView>, std::span<const HostView> out) {
  const auto axis = static_cast<std::size_t>(node.get<std::int64_t>("axis"));
  std::int64_t inner = 1;
  for (std::size_t i = axis + 1; i < out[0].shape.size(); ++i) inner *= out[0].shape[i];
  const std::int64_t length = out[0].shape[axis], count = out[0].elements();
  visit_dtype(out[0].dtype, [&]<class T>() {
    T* y = out[0].as<T>();
    for (std::int64_t i = 0; i < count; ++i) y[i] = T(static_cast<compute_t<T>>(i / inner % length));
  });
}

constexpr const char* no_inputs = "it has no inputs";
constexpr Case iota_cases[] = {{"shape=[2,3], axis=1, dtype=f32", ""}, {"shape=[4], axis=0, dtype=i64", ""}};
constexpr Case dimension_cases[] = {{"dim=[6], dtype=i32", ""}};
constexpr Case constant_cases[] = {{"value=i32[1]{07000000}", ""}};
constexpr Case input_cases[] = {{"name=\"x\", dtype=f32, shape=[2]", ""}};
constexpr Case variable_cases[] = {{"index=0, dtype=f32, shape=[2]", ""}};

constexpr OpDef ops[] = {
    {"input", input_attributes, infer_given, {nullptr, no_inputs}, nullptr, nullptr, input_cases},
    {"variable", variable_attributes, infer_given, {nullptr, no_inputs}, nullptr, nullptr, variable_cases},
    {"constant",
     constant_attributes,
     infer_constant,
     {nullptr, no_inputs},
     nullptr,
     evaluate_constant,
     constant_cases},
    {"dimension",
     dimension_attributes,
     infer_dimension,
     {nullptr, no_inputs},
     nullptr,
     evaluate_dimension,
     dimension_cases},
    {"iota", iota_attributes, infer_iota, {nullptr, no_inputs}, nullptr, evaluate_iota, iota_cases},
};

}  // namespace
extern const OpFamily ops_source{ops};
}  // namespace keratin
