// keras.ops: comparisons, logic and choice.
#include "runtime/core/error.h"
#include "runtime/keras/operands.h"
#include "runtime/keras/promote.h"

namespace keratin {
namespace {

using namespace keras;
using ir::Value;
using ir::Values;

template <const char* op>
Values comparison(LowerContext& cx, const Json& config) {
  const auto [a, b] = Operands(cx, config).pair();
  return {ir::compare(op, a, b)};
}
template <const char* op>
Values logic(LowerContext& cx, const Json& config) {
  const auto [a, b] = Operands(cx, config).pair();
  return {ir::binary(op, ir::cast(a, DType::boolean), ir::cast(b, DType::boolean))};
}
template <const char* op>
Values bits(LowerContext& cx, const Json& config) {
  const auto [a, b] = Operands(cx, config).pair("x", "y");
  return {ir::binary(op, a, b)};
}

Values where(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value condition = ir::cast(in.tensor("condition", 0), DType::boolean);
  const auto [a, b] = in.pair("x1", "x2", 1);
  return {ir::select(condition, a, b)};
}
// The first choice whose condition holds.
Values select(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Values conditions = in.list("condlist", 0), choices = promoted(in.list("choicelist", 1));
  check(conditions.size() == choices.size(), ErrorCode::corrupt_file, conditions.size(), " conditions and ",
        choices.size(), " choices");
  const Value fallback = in.like(choices[0], "default", 2);
  Value y = fallback ? fallback : ir::constant_like(choices[0], 0);
  for (std::size_t i = choices.size(); i-- > 0;) y = ir::select(conditions[i], choices[i], y);
  return {y};
}
// |a - b| <= atol + rtol |b|, or equal (infinities), or both NaN where that counts.
Values isclose(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const auto [p, q] = in.pair();
  const Value a = to_float(p), b = to_float(q);
  const Value allowed = ir::unary("abs", b) * in.real("rtol", 1e-5, 2) + in.real("atol", 1e-8, 3);
  const Value finite = ir::binary("logical_and", ir::unary("is_finite", a), ir::unary("is_finite", b));
  Value y = ir::binary("logical_and", finite, ir::compare("less_equal", ir::unary("abs", a - b), allowed));
  y = ir::binary("logical_or", y, ir::compare("equal", a, b));
  if (in.flag("equal_nan", false))
    y = ir::binary("logical_or", y,
                   ir::binary("logical_and", ir::unary("is_nan", a), ir::unary("is_nan", b)));
  return {y};
}

constexpr char equal[] = "equal", not_equal[] = "not_equal", less[] = "less", less_equal[] = "less_equal",
               greater[] = "greater", greater_equal[] = "greater_equal", logical_and[] = "logical_and",
               logical_or[] = "logical_or", logical_xor[] = "logical_xor", bitwise_and[] = "bitwise_and",
               bitwise_or[] = "bitwise_or", bitwise_xor[] = "bitwise_xor";

constexpr OperationDef rows[] = {
    {"Equal", comparison<equal>},
    {"NotEqual", comparison<not_equal>},
    {"Less", comparison<less>},
    {"LessEqual", comparison<less_equal>},
    {"Greater", comparison<greater>},
    {"GreaterEqual", comparison<greater_equal>},
    {"LogicalAnd", logic<logical_and>},
    {"LogicalOr", logic<logical_or>},
    {"LogicalXor", logic<logical_xor>},
    {"BitwiseAnd", bits<bitwise_and>},
    {"BitwiseOr", bits<bitwise_or>},
    {"BitwiseXor", bits<bitwise_xor>},
    {"Where", where},
    {"Select", select},
    {"Isclose", isclose},
};

constexpr OperationCase cases[] = {
    {"Equal", "numpy", R"({})", R"(["int32[2,3]", "int32[3]"])"},
    {"NotEqual", "numpy", R"({})", R"(["int32[2,3]", "int32[3]"])"},
    {"Less", "numpy", R"({})", R"(["int32[2,3]", "int32[3]"])"},
    {"LessEqual", "numpy", R"({})", R"(["int32[2,3]", "int32[3]"])"},
    {"Greater", "numpy", R"({})", R"(["int32[2,3]", "int32[3]"])"},
    {"GreaterEqual", "numpy", R"({})", R"(["int32[2,3]", "int32[3]"])"},
    {"Greater", "numpy", R"({})", R"(["float32[2,5]", 0])"},
    {"Less", "numpy", R"({})", R"(["int32[2,3]", 1.5])"},
    {"LogicalAnd", "numpy", R"({})", R"(["bool[2,3]", "bool[3]"])"},
    {"LogicalOr", "numpy", R"({})", R"(["bool[2,3]", "bool[3]"])"},
    {"LogicalXor", "numpy", R"({})", R"(["bool[2,3]", "bool[3]"])"},
    {"BitwiseAnd", "numpy", R"({})", R"(["int32[2,3]", "int32[3]"])"},
    {"BitwiseOr", "numpy", R"({})", R"(["int32[2,3]", "int32[3]"])"},
    {"BitwiseXor", "numpy", R"({})", R"(["int32[2,3]", "int32[3]"])"},
    {"Where", "numpy", R"({})", R"(["bool[2,3]", "float32[2,3]", 0.5])"},
    {"Where", "numpy", R"({})", R"(["bool[2,1]", "float32[2,3]", "int32[3]"])"},
    {"Where", "numpy", R"({})", R"(["bool[2,3]", 0, "int32[2,3]"])"},
    {"Isclose", "numpy", R"({})", R"(["float32[2,3]", "float32[2,3]"])"},
    {"Select", "numpy", R"({})", R"([["bool[2,3]", "bool[2,3]"], ["float32[2,3]", "float32[2,3]"], 0.5])"},
};

}  // namespace
extern const OperationFamily operations_compare{rows, cases};
}  // namespace keratin
