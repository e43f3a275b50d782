// keras.ops: arithmetic on two tensors, or a tensor and a number.
#include "runtime/ir/build_nn.h"
#include "runtime/keras/operands.h"
#include "runtime/keras/promote.h"

namespace keratin {
namespace {

using namespace keras;
using ir::Value;
using ir::Values;

template <const char* op>
Values binary(LowerContext& cx, const Json& config) {
  const auto [a, b] = Operands(cx, config).pair();
  return {ir::binary(op, a, b)};
}
// Bools count as integers.
template <const char* op>
Values counted(LowerContext& cx, const Json& config) {
  const auto [a, b] = Operands(cx, config).pair();
  const DType dtype = promote_int(a.dtype());
  return {ir::binary(op, ir::cast(a, dtype), ir::cast(b, dtype))};
}
// Integers become float32.
template <const char* op>
Values floating(LowerContext& cx, const Json& config) {
  const auto [a, b] = Operands(cx, config).pair();
  return {ir::binary(op, to_float(a), to_float(b))};
}

// Sums and products of bools are "or" and "and".
template <const char* op, const char* truth>
Values or_truth(LowerContext& cx, const Json& config) {
  const auto [a, b] = Operands(cx, config).pair();
  return {ir::binary(a.dtype() == DType::boolean ? truth : op, a, b)};
}

Values hypot(LowerContext& cx, const Json& config) {
  const auto [a, b] = Operands(cx, config).pair();
  const Value x = ir::unary("abs", to_float(a)), y = ir::unary("abs", to_float(b));
  const Value large = ir::maximum(x, y), small = ir::minimum(x, y);
  const Value ratio = ir::binary("divide_no_nan", small, large);
  return {large * ir::sqrt(ir::square(ratio) + 1.0)};
}
// max + log1p(exp(-|a - b|)), which stays finite.
Values logaddexp(LowerContext& cx, const Json& config) {
  const auto [p, q] = Operands(cx, config).pair();
  const Value a = to_float(p), b = to_float(q);
  return {ir::maximum(a, b) + ir::unary("log1p", ir::exp(-ir::unary("abs", a - b)))};
}
// The remainder with the dividend's sign.
Values fmod(LowerContext& cx, const Json& config) {
  const auto [p, q] = Operands(cx, config).pair();
  const DType dtype = promote_int(p.dtype());
  const Value a = ir::cast(p, dtype), b = ir::cast(q, dtype);
  const Value rest = ir::binary("floor_mod", ir::unary("abs", a), ir::unary("abs", b));
  return {ir::select(ir::compare("less", a, ir::constant_like(a, 0)), -rest, rest)};
}

constexpr char add[] = "add", subtract[] = "subtract", multiply[] = "multiply", divide[] = "divide",
               divide_no_nan[] = "divide_no_nan", floor_divide[] = "floor_divide", floor_mod[] = "floor_mod",
               power[] = "power", maximum[] = "maximum", minimum[] = "minimum", atan2[] = "atan2",
               logical_or[] = "logical_or", logical_and[] = "logical_and";

constexpr OperationDef rows[] = {
    {"Add", or_truth<add, logical_or>},
    {"Subtract", binary<subtract>},
    {"Multiply", or_truth<multiply, logical_and>},
    {"Divide", floating<divide>},
    {"TrueDivide", floating<divide>},
    {"DivideNoNan", floating<divide_no_nan>},
    {"FloorDivide", counted<floor_divide>},
    {"Mod", counted<floor_mod>},
    {"Fmod", fmod},
    {"Power", counted<power>},
    {"Maximum", or_truth<maximum, logical_or>},
    {"Minimum", or_truth<minimum, logical_and>},
    {"Arctan2", floating<atan2>},
    {"Hypot", hypot},
    {"Logaddexp", logaddexp},
};

constexpr OperationCase cases[] = {
    {"Add", "numpy", R"({})", R"(["float32[2,3]", "float32[3]"])"},
    {"Subtract", "numpy", R"({})", R"(["float32[2,3]", "float32[3]"])"},
    {"Multiply", "numpy", R"({})", R"(["float32[2,3]", "float32[3]"])"},
    {"Divide", "numpy", R"({})", R"(["float32[2,3]", "float32[3]"])"},
    {"TrueDivide", "numpy", R"({})", R"(["float32[2,3]", "float32[3]"])"},
    {"DivideNoNan", "numpy", R"({})", R"(["float32[2,3]", "float32[3]"])"},
    {"FloorDivide", "numpy", R"({})", R"(["float32[2,3]", "float32[3]"])"},
    {"Mod", "numpy", R"({})", R"(["float32[2,3]", "float32[3]"])"},
    {"Power", "numpy", R"({})", R"(["float32[2,3]", "float32[3]"])"},
    {"Maximum", "numpy", R"({})", R"(["float32[2,3]", "float32[3]"])"},
    {"Minimum", "numpy", R"({})", R"(["float32[2,3]", "float32[3]"])"},
    {"Arctan2", "numpy", R"({})", R"(["float32[2,3]", "float32[3]"])"},
    {"Hypot", "numpy", R"({})", R"(["float32[2,3]", "float32[3]"])"},
    {"Logaddexp", "numpy", R"({})", R"(["float32[2,3]", "float32[3]"])"},
    {"Add", "numpy", R"({})", R"(["int32[2,3]", 2.5])"},
    {"Add", "numpy", R"({})", R"([1, "float16[2,3]"])"},
    {"Subtract", "numpy", R"({})", R"(["int32[2,3]", 2])"},
    {"Multiply", "numpy", R"({})", R"(["bool[2,3]", 2])"},
    {"Divide", "numpy", R"({})", R"(["int32[2,3]", 2])"},
    {"Add", "numpy", R"({})", R"(["int32[2,3]", "float16[2,3]"])"},
    {"Multiply", "numpy", R"({})", R"(["int64[2,3]", "float32[2,3]"])"},
    {"Mod", "numpy", R"({})", R"(["int32[2,3]", 3])"},
    {"FloorDivide", "numpy", R"({})", R"(["float32[2,3]", 2])"},
    {"Power", "numpy", R"({})", R"(["float32[2,3]", 2])"},
    {"Subtract", "numpy", R"({})", R"(["uint8[2,3]", "int8[2,3]"])"},
    {"Add", "numpy", R"({})",
     R"(["float32[2,2]", {"class_name": "__tensor__", "config": {"value": [1.5, 2.0], "dtype": "float32"}}])"},
};

}  // namespace
extern const OperationFamily operations_arithmetic{rows, cases};
}  // namespace keratin
