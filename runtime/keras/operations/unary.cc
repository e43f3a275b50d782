// keras.ops: functions of one tensor, element by element.
#include <cmath>
#include <limits>
#include <numbers>

#include "runtime/core/error.h"
#include "runtime/keras/operands.h"
#include "runtime/keras/promote.h"

namespace keratin {
namespace {

using namespace keras;
using ir::Value;
using ir::Values;

// In x's dtype.
template <const char* op>
Values same(LowerContext& cx, const Json& config) {
  return {ir::unary(op, Operands(cx, config).tensor("x", 0))};
}
// Integers become float32.
template <const char* op>
Values floating(LowerContext& cx, const Json& config) {
  return {ir::unary(op, to_float(Operands(cx, config).tensor("x", 0)))};
}
// What leaves integers as they are.
template <const char* op>
Values rounding(LowerContext& cx, const Json& config) {
  const Value x = Operands(cx, config).tensor("x", 0);
  return {is_floating(x.dtype()) ? ir::unary(op, x) : x};
}
template <const char* op>
Values rounding_to_float(LowerContext& cx, const Json& config) {
  return {ir::unary(op, to_float(Operands(cx, config).tensor("x", 0)))};
}
template <const char* op, bool of_integers>
Values test(LowerContext& cx, const Json& config) {
  const Value x = Operands(cx, config).tensor("x", 0);
  return {is_floating(x.dtype()) ? ir::unary(op, x)
                                 : ir::full(cx.graph(), {DType::boolean, x.shape()}, of_integers)};
}

Values absolute(LowerContext& cx, const Json& config) {
  const Value x = Operands(cx, config).tensor("x", 0);
  return {x.dtype() == DType::boolean ? x : ir::unary("abs", x)};
}
Values round(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("x", 0);
  const auto decimals = in.integer("decimals", 0, 1);
  if (!is_floating(x.dtype()) && decimals >= 0) return {x};
  const double scale = std::pow(10.0, static_cast<double>(decimals));
  if (decimals == 0) return {ir::unary("round", x)};
  const Value wide = to_float(x);
  return {ir::cast(ir::unary("round", wide * scale) / scale, x.dtype())};
}
template <int base>
Values log_of(LowerContext& cx, const Json& config) {
  const Value x = to_float(Operands(cx, config).tensor("x", 0));
  return {ir::log(x) / std::log(static_cast<double>(base))};
}
Values exp2(LowerContext& cx, const Json& config) {
  const Value x = to_float(Operands(cx, config).tensor("x", 0));
  return {ir::binary("power", ir::constant_like(x, 2), x)};
}
template <bool to_radians>
Values angle(LowerContext& cx, const Json& config) {
  const Value x = to_float(Operands(cx, config).tensor("x", 0));
  return {x * (to_radians ? std::numbers::pi / 180 : 180 / std::numbers::pi)};
}
Values itself(LowerContext& cx, const Json& config) { return {Operands(cx, config).tensor("x", 0)}; }
Values logical_not(LowerContext& cx, const Json& config) {
  return {ir::unary("logical_not", ir::cast(Operands(cx, config).tensor("x", 0), DType::boolean))};
}
Values clip(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  Value x = in.tensor("x", 0);
  for (const char* limit : {"x_min", "x_max"})
    if (const Json* number = in.find(limit); number && (number->is_number() || number->is_bool()))
      x = ir::cast(x, weak(promote_int(x.dtype()), *number));
  const Value low = in.like(x, "x_min", 1), high = in.like(x, "x_max", 2);
  if (low) x = ir::maximum(x, low);
  return {high ? ir::minimum(x, high) : x};
}
Values cast(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const auto dtype = in.dtype("dtype", 1);
  check(dtype.has_value(), ErrorCode::corrupt_file, "Cast without a dtype");
  return {ir::cast(in.tensor("x", 0), *dtype)};
}
template <int value>
Values filled(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("x", 0);
  return {ir::full(cx.graph(), {in.dtype("dtype", 1).value_or(x.dtype()), x.shape()}, value)};
}
Values full_like(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("x", 0);
  const DType dtype = in.dtype("dtype", 2).value_or(x.dtype());
  return {ir::broadcast_to(ir::cast(in.tensor("fill_value", 1), dtype), x.shape())};
}
Values nan_to_num(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("x", 0);
  if (!is_floating(x.dtype())) return {x};
  const double largest = x.dtype() == DType::float16    ? 65504.0
                         : x.dtype() == DType::bfloat16 ? 0x1.FEp127
                         : x.dtype() == DType::float32  ? double(std::numeric_limits<float>::max())
                                                        : std::numeric_limits<double>::max();
  auto replace = [&](Value y, Value where, double value) {
    return ir::select(where, ir::constant_like(y, value), y);
  };
  const Value infinite = ir::unary("is_inf", x), zero = ir::constant_like(x, 0);
  Value y = replace(x, ir::unary("is_nan", x), in.real("nan", 0));
  y = replace(y, ir::binary("logical_and", infinite, ir::compare("greater", x, zero)),
              in.real("posinf", largest));
  return {replace(y, ir::binary("logical_and", infinite, ir::compare("less", x, zero)),
                  in.real("neginf", -largest))};
}
// Keras puts it before attention layers whose mask comes from an Embedding.
Values convert_to_tensor(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("x", 0);
  return {ir::cast(x, in.dtype("dtype", 1).value_or(x.dtype()))};
}
Values stop_gradient(LowerContext& cx, const Json& config) {
  return {ir::unary("stop_gradient", Operands(cx, config).tensor("variable", 0))};
}

constexpr char negative[] = "negative", sign[] = "sign", square[] = "square", sqrt[] = "sqrt",
               rsqrt[] = "rsqrt", reciprocal[] = "reciprocal", floor[] = "floor", ceil[] = "ceil",
               trunc[] = "trunc", exp_[] = "exp", expm1[] = "expm1", log_[] = "log", log1p[] = "log1p",
               sin[] = "sin", cos[] = "cos", tan[] = "tan", asin[] = "asin", acos[] = "acos", atan[] = "atan",
               sinh[] = "sinh", cosh[] = "cosh", tanh_[] = "tanh", asinh[] = "asinh", acosh[] = "acosh",
               atanh[] = "atanh", erf[] = "erf", is_nan[] = "is_nan", is_inf[] = "is_inf",
               is_finite[] = "is_finite";

constexpr OperationDef rows[] = {
    {"Absolute", absolute},
    {"Abs", absolute},
    {"Negative", same<negative>},
    {"Sign", same<sign>},
    {"Square", same<square>},
    {"Sqrt", floating<sqrt>},
    {"Rsqrt", floating<rsqrt>},
    {"Reciprocal", floating<reciprocal>},
    {"Floor", rounding_to_float<floor>},
    {"Ceil", rounding_to_float<ceil>},
    {"Trunc", rounding<trunc>},
    {"Round", round},
    {"Exp", floating<exp_>},
    {"Exp2", exp2},
    {"Expm1", floating<expm1>},
    {"Log", floating<log_>},
    {"Log2", log_of<2>},
    {"Log10", log_of<10>},
    {"Log1p", floating<log1p>},
    {"Sin", floating<sin>},
    {"Cos", floating<cos>},
    {"Tan", floating<tan>},
    {"Arcsin", floating<asin>},
    {"Arccos", floating<acos>},
    {"Arctan", floating<atan>},
    {"Sinh", floating<sinh>},
    {"Cosh", floating<cosh>},
    {"Tanh", floating<tanh_>},
    {"Arcsinh", floating<asinh>},
    {"Arccosh", floating<acosh>},
    {"Arctanh", floating<atanh>},
    {"Erf", floating<erf>},
    {"Isnan", (test<is_nan, false>)},
    {"Isinf", (test<is_inf, false>)},
    {"Isfinite", (test<is_finite, true>)},
    {"Deg2rad", angle<true>},
    {"Rad2deg", angle<false>},
    {"Copy", itself},
    {"LogicalNot", logical_not},
    {"Clip", clip},
    {"Cast", cast},
    {"ConvertToTensor", convert_to_tensor},
    {"OnesLike", filled<1>},
    {"ZerosLike", filled<0>},
    {"FullLike", full_like},
    {"NanToNum", nan_to_num},
    {"StopGradient", stop_gradient},
};

constexpr OperationCase cases[] = {
    {"Absolute", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Abs", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Negative", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Sign", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Square", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Sqrt", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Reciprocal", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Floor", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Ceil", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Trunc", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Round", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Exp", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Exp2", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Expm1", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Log", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Log2", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Log10", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Log1p", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Sin", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Cos", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Tan", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Arcsin", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Arccos", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Arctan", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Sinh", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Cosh", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Tanh", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Arcsinh", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Arccosh", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Arctanh", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Isnan", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Isinf", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Isfinite", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Copy", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"OnesLike", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"ZerosLike", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"NanToNum", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Rsqrt", "math", R"({})", R"(["float32[2,5]"])"},
    {"Erf", "math", R"({})", R"(["float32[2,5]"])"},
    {"Exp", "numpy", R"({})", R"(["int32[2,3]"])"},
    {"Floor", "numpy", R"({})", R"(["int32[2,3]"])"},
    {"Sqrt", "numpy", R"({})", R"(["int32[2,3]"])"},
    {"Abs", "numpy", R"({})", R"(["int32[2,3]"])"},
    {"Round", "numpy", R"({"decimals": 1})", R"(["float32[2,5]"])"},
    {"Clip", "numpy", R"({"x_min": -0.5, "x_max": 0.5})", R"(["float32[2,5]"])"},
    {"Clip", "numpy", R"({"x_min": 1, "x_max": 2})", R"(["int32[2,3]"])"},
    {"Cast", "core", R"({"dtype": "int32"})", R"(["float32[2,5]"])"},
    {"Cast", "core", R"({"dtype": "float16"})", R"(["float32[2,5]"])"},
    {"ConvertToTensor", "core", R"({})", R"(["float32[2,5]"])"},
    {"ConvertToTensor", "core", R"({"dtype": "int32"})", R"(["float32[2,5]"])"},
    {"OnesLike", "numpy", R"({"dtype": "int32"})", R"(["float32[2,5]"])"},
    {"LogicalNot", "numpy", R"({})", R"(["bool[2,3]"])"},
    {"FullLike", "numpy", R"({})", R"(["float32[2,5]", 2.5])"},
    {"StopGradient", "core", R"({})", R"(["float32[2,5]"])"},
};

}  // namespace
extern const OperationFamily operations_unary{rows, cases};
}  // namespace keratin
