// Element-wise ops: most have a twin of ours.
#include <algorithm>

#include "runtime/core/error.h"
#include "runtime/tensorflow/import_row.h"

namespace keratin::tensorflow {
namespace {

Items import_unary(const Call& call) {
  call.expect_inputs(1);
  return {{ir::unary(call.row.word, call.value(0)), {}, {}}};
}

// Arithmetic on shapes stays arithmetic on dims.
std::optional<Known> combine(std::string_view op, const Known& a, const Known& b) {
  using Combine = ir::Dim (*)(const ir::Dim&, const ir::Dim&);
  Combine combine = nullptr;
  if (op == "add") combine = [](const ir::Dim& x, const ir::Dim& y) { return x + y; };
  if (op == "subtract") combine = [](const ir::Dim& x, const ir::Dim& y) { return x - y; };
  if (op == "multiply") combine = [](const ir::Dim& x, const ir::Dim& y) { return x * y; };
  if (op == "floor_divide") combine = [](const ir::Dim& x, const ir::Dim& y) { return ir::floor_div(x, y); };
  const std::size_t count = std::max(a.numbers.size(), b.numbers.size());
  const auto fits = [&](const Known& k) { return !k.vector || k.numbers.size() == count; };
  if (!combine || !fits(a) || !fits(b)) return std::nullopt;
  Known result{a.dtype, a.vector || b.vector, {}};
  for (std::size_t i = 0; i < count; ++i)
    result.numbers.push_back(combine(a.numbers[a.vector ? i : 0], b.numbers[b.vector ? i : 0]));
  return result;
}

Items import_binary(const Call& call) {
  call.expect_inputs(2);
  const auto &a = call.inputs[0].known, &b = call.inputs[1].known;
  if (a && b)
    if (std::optional<Known> known = combine(call.row.word, *a, *b)) return {{{}, std::move(known), {}}};
  return {{ir::binary(call.row.word, call.value(0), call.value(1)), {}, {}}};
}

Items import_divide(const Call& call) {
  if (!is_floating(call.dtype("T"))) call.refuse("divides integers");
  return import_binary(call);
}

Items import_leaky_relu(const Call& call) {
  call.expect_inputs(1);
  return {
      {call.graph.add("leaky_relu", {call.value(0)}, {{"negative_slope", call.real("alpha", 0.2)}}), {}, {}}};
}

Items import_squared_difference(const Call& call) {
  call.expect_inputs(2);
  return {{ir::square(call.value(0) - call.value(1)), {}, {}}};
}

Items import_add_n(const Call& call) {
  ir::Value sum = call.value(0);
  for (std::size_t i = 1; i < call.inputs.size(); ++i) sum = sum + call.value(i);
  return {{sum, {}, {}}};
}

Items import_select(const Call& call) {
  call.expect_inputs(3);
  return {{ir::select(call.value(0), call.value(1), call.value(2)), {}, {}}};
}

Items import_cast(const Call& call) {
  call.expect_inputs(1);
  const DType dtype = call.dtype("DstT");
  if (call.inputs[0].known && (dtype == DType::int32 || dtype == DType::int64)) {
    Known known = *call.inputs[0].known;
    known.dtype = dtype;
    return {{{}, std::move(known), {}}};
  }
  return {{ir::cast(call.value(0), dtype), {}, {}}};
}

constexpr ImportRow rows[] = {
    {"Abs", "y", import_unary, "abs"},
    {"Ceil", "y", import_unary, "ceil"},
    {"Cos", "y", import_unary, "cos"},
    {"Elu", "activations", import_unary, "elu"},
    {"Erf", "y", import_unary, "erf"},
    {"Exp", "y", import_unary, "exp"},
    {"Expm1", "y", import_unary, "expm1"},
    {"Floor", "y", import_unary, "floor"},
    {"IsNan", "y", import_unary, "is_nan"},
    {"LeakyRelu", "activations", import_leaky_relu},
    {"Log", "y", import_unary, "log"},
    {"Log1p", "y", import_unary, "log1p"},
    {"LogicalNot", "y", import_unary, "logical_not"},
    {"Neg", "y", import_unary, "negative"},
    {"Reciprocal", "y", import_unary, "reciprocal"},
    {"Relu", "activations", import_unary, "relu"},
    {"Relu6", "activations", import_unary, "relu6"},
    {"Rsqrt", "y", import_unary, "rsqrt"},
    {"Selu", "activations", import_unary, "selu"},
    {"Sigmoid", "y", import_unary, "sigmoid"},
    {"Sign", "y", import_unary, "sign"},
    {"Sin", "y", import_unary, "sin"},
    {"Softplus", "activations", import_unary, "softplus"},
    {"Softsign", "activations", import_unary, "softsign"},
    {"Sqrt", "y", import_unary, "sqrt"},
    {"Square", "y", import_unary, "square"},
    {"Tan", "y", import_unary, "tan"},
    {"Tanh", "y", import_unary, "tanh"},
    {"Add", "z", import_binary, "add"},
    {"AddV2", "z", import_binary, "add"},
    {"Sub", "z", import_binary, "subtract"},
    {"Mul", "z", import_binary, "multiply"},
    {"RealDiv", "z", import_divide, "divide"},
    {"DivNoNan", "z", import_binary, "divide_no_nan"},
    {"FloorDiv", "z", import_binary, "floor_divide"},
    {"FloorMod", "z", import_binary, "floor_mod"},
    {"Maximum", "z", import_binary, "maximum"},
    {"Minimum", "z", import_binary, "minimum"},
    {"Pow", "z", import_binary, "power"},
    {"SquaredDifference", "z", import_squared_difference},
    {"Equal", "z", import_binary, "equal"},
    {"NotEqual", "z", import_binary, "not_equal"},
    {"Less", "z", import_binary, "less"},
    {"LessEqual", "z", import_binary, "less_equal"},
    {"Greater", "z", import_binary, "greater"},
    {"GreaterEqual", "z", import_binary, "greater_equal"},
    {"LogicalAnd", "z", import_binary, "logical_and"},
    {"LogicalOr", "z", import_binary, "logical_or"},
    {"AddN", "sum", import_add_n},
    {"SelectV2", "output", import_select},
    {"Cast", "y", import_cast},
};

}  // namespace
}  // namespace keratin::tensorflow
namespace keratin {
extern const tensorflow::ImportFamily rows_import_elementwise{tensorflow::rows};
}
