// keras.ops: rarer functions, composed of what the other families have.
#include <cmath>
#include <limits>
#include <numbers>

#include "runtime/core/error.h"
#include "runtime/core/shape.h"
#include "runtime/ir/build_nn.h"
#include "runtime/keras/operands.h"
#include "runtime/keras/promote.h"

namespace keratin {
namespace {

using namespace keras;
using ir::Value;
using ir::Values;

// Complex numbers are not read, so a number is its own conjugate and real part.
Values itself(LowerContext& cx, const Json& config) { return {Operands(cx, config).tensor("x", 0)}; }
Values angle(LowerContext& cx, const Json& config) {
  const Value x = to_float(Operands(cx, config).tensor("x", 0)), zero = ir::constant_like(x, 0);
  return {ir::select(ir::compare("less", x, zero), ir::constant_like(x, std::numbers::pi), zero)};
}
template <int sign>
Values is_infinity(LowerContext& cx, const Json& config) {
  const Value x = Operands(cx, config).tensor("x", 0);
  if (!is_floating(x.dtype())) return {ir::full(cx.graph(), {DType::boolean, x.shape()}, 0)};
  return {ir::compare("equal", x, ir::constant_like(x, sign * std::numeric_limits<double>::infinity()))};
}
// That of -0.0 counts: its reciprocal is below zero, too.
Values signbit(LowerContext& cx, const Json& config) {
  const Value x = Operands(cx, config).tensor("x", 0);
  if (x.dtype() == DType::boolean) return {ir::full(cx.graph(), x.type(), 0)};
  const Value zero = ir::constant_like(x, 0), below = ir::compare("less", x, zero);
  if (!is_floating(x.dtype())) return {below};
  const Value negative_zero = ir::binary("logical_and", ir::compare("equal", x, zero),
                                         ir::compare("less", ir::unary("reciprocal", x), zero));
  return {ir::binary("logical_or", below, negative_zero)};
}
// At 0 the quotient gets another x, so that no gradient becomes NaN.
Values sinc(LowerContext& cx, const Json& config) {
  const Value x = to_float(Operands(cx, config).tensor("x", 0)), one = ir::constant_like(x, 1);
  const Value at_zero = ir::compare("equal", x, ir::constant_like(x, 0));
  const Value turned = ir::select(at_zero, one, x) * std::numbers::pi;
  return {ir::select(at_zero, one, ir::unary("sin", turned) / turned)};
}
Values cbrt(LowerContext& cx, const Json& config) {
  const Value x = Operands(cx, config).tensor("x", 0);
  const Value wide = x.dtype() == DType::int64 ? ir::cast(x, DType::float64) : to_float(x);
  const Value root = ir::binary("power", ir::unary("abs", wide), ir::constant_like(wide, 1.0 / 3));
  return {ir::unary("sign", wide) * root};
}
Values logaddexp2(LowerContext& cx, const Json& config) {
  const auto [p, q] = Operands(cx, config).pair();
  const Value a = to_float(p), b = to_float(q);
  const Value rest = ir::unary("log1p", ir::exp(ir::unary("abs", a - b) * -std::numbers::ln2));
  return {ir::maximum(a, b) + rest / std::numbers::ln2};
}
Values heaviside(LowerContext& cx, const Json& config) {
  const auto [p, q] = Operands(cx, config).pair();
  auto wide = [](Value x) { return x.dtype() == DType::int64 ? ir::cast(x, DType::float64) : to_float(x); };
  const Value x = wide(p), zero = ir::constant_like(x, 0);
  const Value above = ir::select(ir::compare("greater", x, zero), ir::constant_like(x, 1), wide(q));
  return {ir::select(ir::compare("less", x, zero), zero, above)};
}

Values diff(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  Value x = in.tensor("a", 0);
  const std::int64_t axis = normalize_axis(in.integer("axis", -1), x.rank());
  const std::int64_t order = in.integer("n", 1);
  check(order >= 0 && order <= 64, ErrorCode::corrupt_file, "Diff of order ", order);
  for (std::int64_t i = 0; i < order; ++i) {
    const ir::Dim size = x.shape()[static_cast<std::size_t>(axis)];
    const Value next = ir::slice_axis(x, axis, 1, size), now = ir::slice_axis(x, axis, 0, size - 1);
    x = x.dtype() == DType::boolean ? ir::compare("not_equal", next, now) : next - now;
  }
  return {x};
}

// k quarter turns in the plane of two axes, from the first towards the second.
Values rot90(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("array", 0);
  const ir::Ints plane = in.ints("axes").value_or(ir::Ints{0, 1});
  check(x.rank() >= 2 && plane.size() == 2, ErrorCode::corrupt_file, "Rot90 takes two axes");
  const std::int64_t a = normalize_axis(plane[0], x.rank()), b = normalize_axis(plane[1], x.rank());
  check(a != b, ErrorCode::corrupt_file, "Rot90 takes two different axes");
  const std::int64_t turns = (in.integer("k", 1) % 4 + 4) % 4;
  if (turns == 0) return {x};
  if (turns == 2) return {ir::reverse(x, {a, b})};
  ir::Ints order = in.axes("", x);
  std::swap(order[static_cast<std::size_t>(a)], order[static_cast<std::size_t>(b)]);
  return {turns == 1 ? ir::transpose(ir::reverse(x, {b}), order) : ir::reverse(ir::transpose(x, order), {b})};
}

// The diagonal of two axes as a new last axis: every (columns + 1)-th element of the matrix laid flat.
Value diagonal_of(const Operands& in, Value x) {
  const std::int64_t rows_axis = normalize_axis(in.integer("axis1", 0), x.rank());
  const std::int64_t columns_axis = normalize_axis(in.integer("axis2", 1), x.rank());
  check(rows_axis != columns_axis, ErrorCode::corrupt_file, "a diagonal needs two different axes");
  ir::Ints order;
  ir::Dims shape;
  for (std::int64_t axis : in.axes("", x))
    if (axis != rows_axis && axis != columns_axis) order.push_back(axis);
  for (std::int64_t axis : order) shape.push_back(x.shape()[static_cast<std::size_t>(axis)]);
  const ir::Dim &height = x.shape()[static_cast<std::size_t>(rows_axis)],
                &width = x.shape()[static_cast<std::size_t>(columns_axis)];
  check(height.is_constant() && width.is_constant(), ErrorCode::unsupported,
        "the diagonal of a matrix of unknown size");
  const std::int64_t rows = height.value(), columns = width.value(), offset = in.integer("offset", 0);
  check(offset > -rows && offset < columns, ErrorCode::unsupported, "an empty diagonal (offset ", offset,
        " of ", rows, " x ", columns, ")");
  const std::int64_t start = offset < 0 ? -offset * columns : offset;
  const std::int64_t count =
      std::min(rows - std::max<std::int64_t>(-offset, 0), columns - std::max<std::int64_t>(offset, 0));
  order.push_back(rows_axis);
  order.push_back(columns_axis);
  shape.push_back(height * width);
  const Value step = ir::iota(x.graph(), DType::int32, {count}, 0) * static_cast<double>(columns + 1);
  return ir::gather(ir::reshape(ir::transpose(x, order), shape), step + static_cast<double>(start),
                    static_cast<std::int64_t>(shape.size()) - 1);
}
Values diagonal(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  return {diagonal_of(in, in.tensor("x", 0))};
}
Values trace(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = in.tensor("x", 0);
  const DType dtype = x.dtype();
  const bool narrow = dtype == DType::boolean || dtype == DType::int8 || dtype == DType::int16;
  const bool narrow_unsigned = dtype == DType::uint8 || dtype == DType::uint16;
  const Value wide = ir::cast(x, narrow ? DType::int32 : narrow_unsigned ? DType::uint32 : dtype);
  return {ir::sum(diagonal_of(in, wide), {static_cast<std::int64_t>(x.rank()) - 2})};
}

constexpr OperationDef rows[] = {
    {"Conjugate", itself},
    {"Conj", itself},
    {"Real", itself},
    {"Angle", angle},
    {"Isposinf", is_infinity<1>},
    {"Isneginf", is_infinity<-1>},
    {"Signbit", signbit},
    {"Sinc", sinc},
    {"Cbrt", cbrt},
    {"Logaddexp2", logaddexp2},
    {"Heaviside", heaviside},
    {"Diff", diff},
    {"Rot90", rot90},
    {"Diagonal", diagonal},
    {"Trace", trace},
};

constexpr OperationCase cases[] = {
    {"Conjugate", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Real", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Angle", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Isposinf", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Isneginf", "numpy", R"({})", R"(["int32[2,3]"])"},
    {"Signbit", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Signbit", "numpy", R"({})", R"(["int32[2,3]"])"},
    {"Signbit", "numpy", R"({})", R"(["bool[2,3]"])"},
    {"Sinc", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Sinc", "numpy", R"({})", R"(["int32[2,3]"])"},
    {"Cbrt", "numpy", R"({})", R"(["float32[2,5]"])"},
    {"Cbrt", "numpy", R"({})", R"(["int64[2,3]"])"},
    {"Logaddexp2", "numpy", R"({})", R"(["float32[2,3]", "float32[3]"])"},
    {"Heaviside", "numpy", R"({})", R"(["float32[2,3]", "float32[3]"])"},
    {"Heaviside", "numpy", R"({})", R"(["int32[2,3]", "int32[3]"])"},
    {"Diff", "numpy", R"({})", R"(["float32[2,3,4]"])"},
    {"Diff", "numpy", R"({"n": 2, "axis": 1})", R"(["float32[2,3,4]"])"},
    {"Diff", "numpy", R"({"axis": 0})", R"(["bool[3,2]"])"},
    {"Rot90", "numpy", R"({"axes": [1, 2]})", R"(["float32[2,3,4]"])"},
    {"Rot90", "numpy", R"({"k": 3, "axes": [0, 2]})", R"(["float32[2,3,4]"])"},
    // square: half turns of others are mixed up by Keras on TensorFlow
    {"Rot90", "numpy", R"({"k": -2})", R"(["float32[3,3]"])"},
    {"Rot90", "numpy", R"({"k": 1, "axes": [2, 1]})", R"(["float32[2,3,4]"])"},
    {"Diagonal", "numpy", R"({"axis1": 1, "axis2": 2})", R"(["float32[2,3,4]"])"},
    {"Diagonal", "numpy", R"({"offset": -1, "axis1": 2, "axis2": 0})", R"(["float32[2,3,4]"])"},
    {"Diagonal", "numpy", R"({"offset": 1})", R"(["float32[3,3]"])"},
    {"Trace", "numpy", R"({"axis1": 1, "axis2": 2})", R"(["float32[2,3,4]"])"},
    {"Trace", "numpy", R"({"offset": 1})", R"(["uint8[3,3]"])"},
    {"Trace", "numpy", R"({})", R"(["bool[3,3]"])"},
};

}  // namespace
extern const OperationFamily operations_special{rows, cases};
}  // namespace keratin
