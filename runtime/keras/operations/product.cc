// keras.ops: products of matrices and tensors.
#include <algorithm>
#include <cmath>

#include "runtime/core/error.h"
#include "runtime/core/shape.h"
#include "runtime/ir/build_nn.h"
#include "runtime/keras/einsum.h"
#include "runtime/keras/operands.h"
#include "runtime/keras/promote.h"

namespace keratin {
namespace {

using namespace keras;
using ir::Value;
using ir::Values;

std::int64_t last(Value x) { return static_cast<std::int64_t>(x.rank()) - 1; }

// The axes before the last two, of one shape.
ir::Ints batch_axes(std::size_t rank) {
  ir::Ints axes;
  for (std::size_t i = 0; i + 2 < rank; ++i) axes.push_back(static_cast<std::int64_t>(i));
  return axes;
}
Value with_batch(Value x, const ir::Dims& batch) {
  ir::Dims shape = batch;
  shape.insert(shape.end(), x.shape().end() - 2, x.shape().end());
  ir::Dims open(shape.size() - x.rank(), ir::Dim(1));
  open.insert(open.end(), x.shape().begin(), x.shape().end());
  return ir::broadcast_to(ir::reshape(x, open), shape);
}

Value matmul(Value a, Value b) {
  check(a.rank() > 0 && b.rank() > 0, ErrorCode::corrupt_file, "matmul of a scalar");
  const bool row = a.rank() == 1, column = b.rank() == 1;
  if (column) return ir::dot_general(a, b, {{-1}, {0}, {}, {}});
  if (b.rank() == 2) return ir::dot(a, b);
  if (row) a = ir::expand_dims(a, 0);
  const ir::Dims batch =
      ir::broadcast({a.shape().begin(), a.shape().end() - 2}, {b.shape().begin(), b.shape().end() - 2});
  a = with_batch(a, batch);
  b = with_batch(b, batch);
  const ir::Ints axes = batch_axes(a.rank());
  const Value y = ir::dot_general(a, b, {{-1}, {-2}, axes, axes});
  return row ? ir::squeeze(y, -2) : y;
}
Values lower_matmul(LowerContext& cx, const Json& config) {
  const auto [a, b] = Operands(cx, config).pair();
  return {matmul(a, b)};
}
// a's last axis with b's last but one.
Values dot(LowerContext& cx, const Json& config) {
  const auto [a, b] = Operands(cx, config).pair();
  if (a.rank() == 0 || b.rank() == 0) return {a * b};
  return {ir::dot_general(a, b, {{last(a)}, {b.rank() == 1 ? 0 : last(b) - 1}, {}, {}})};
}
Values inner(LowerContext& cx, const Json& config) {
  const auto [a, b] = Operands(cx, config).pair();
  if (a.rank() == 0 || b.rank() == 0) return {a * b};
  return {ir::dot_general(a, b, {{last(a)}, {last(b)}, {}, {}})};
}
Value flat(Value x) { return ir::reshape(x, {ir::product(x.shape())}); }
Values outer(LowerContext& cx, const Json& config) {
  const auto [a, b] = Operands(cx, config).pair();
  return {ir::expand_dims(flat(a), 1) * ir::expand_dims(flat(b), 0)};
}
Values vdot(LowerContext& cx, const Json& config) {
  const auto [a, b] = Operands(cx, config).pair();
  return {ir::dot_general(flat(a), flat(b), {{0}, {0}, {}, {}})};
}
// axes: a number of axes at the seam, or two lists.
Values tensordot(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const auto [a, b] = in.pair();
  ir::DotAxes axes;
  const Json* given = in.find("axes", 2);
  if (given && given->is_array()) {
    check(given->as_array().size() == 2, ErrorCode::corrupt_file, "axes must be a number or two lists");
    auto side = [](const Json& json, Value x) {
      ir::Ints found;
      if (!json.is_array()) return ir::Ints{normalize_axis(json.as_integer(), x.rank())};
      for (const Json& axis : json.as_array()) found.push_back(normalize_axis(axis.as_integer(), x.rank()));
      return found;
    };
    axes.contract_a = side(given->as_array()[0], a);
    axes.contract_b = side(given->as_array()[1], b);
  } else {
    const std::int64_t count = given ? given->as_integer() : 2;
    check(count >= 0 && count <= std::int64_t(std::min(a.rank(), b.rank())), ErrorCode::corrupt_file, "axes ",
          count, " is more than the tensors have");
    for (std::int64_t i = 0; i < count; ++i) {
      axes.contract_a.push_back(static_cast<std::int64_t>(a.rank()) - count + i);
      axes.contract_b.push_back(i);
    }
  }
  return {ir::dot_general(a, b, axes)};
}
Values lower_einsum(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const std::string equation = in.text("subscripts", "");
  return {einsum(equation, promoted(in.list("operands", 0)))};
}
// Heads stand before features: (batch, time, heads, size).
Values dot_product_attention(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Values qkv = promoted({in.tensor("query", 0), in.tensor("key", 1), in.tensor("value", 2)});
  check(qkv[0].rank() == 4 && qkv[1].rank() == 4 && qkv[2].rank() == 4, ErrorCode::corrupt_file,
        "query, key and value want (batch, time, heads, size)");
  const std::int64_t heads = qkv[0].shape()[2].value(), shared = qkv[1].shape()[2].value();
  check(shared > 0 && heads % shared == 0, ErrorCode::corrupt_file, heads, " heads of queries, ", shared,
        " of keys");
  auto heads_first = [&](Value x) {
    x = ir::transpose(x, {0, 2, 1, 3});
    const ir::Dims s = x.shape();
    if (s[1] == ir::Dim(heads)) return x;
    x = ir::broadcast_to(ir::expand_dims(x, 2), {s[0], s[1], ir::Dim(heads / shared), s[2], s[3]});
    return ir::reshape(x, {s[0], ir::Dim(heads), s[2], s[3]});
  };
  const Json* cap = in.find("attn_logits_soft_cap");
  check(!cap && !in.maybe("bias", 3), ErrorCode::unsupported,
        "bias and attn_logits_soft_cap of dot_product_attention are not supported");
  Value mask = in.maybe("mask", 4);
  if (mask) mask = ir::cast(mask, DType::boolean);
  const double size = static_cast<double>(qkv[0].shape()[3].value());
  const Value y = ir::attention(heads_first(qkv[0]), heads_first(qkv[1]), heads_first(qkv[2]), mask,
                                {in.real("scale", 1 / std::sqrt(size), 5), in.flag("is_causal", false)});
  return {ir::transpose(y, {0, 2, 1, 3})};
}

constexpr OperationDef rows[] = {
    {"Matmul", lower_matmul}, {"Dot", dot},
    {"Inner", inner},         {"Outer", outer},
    {"Vdot", vdot},           {"Tensordot", tensordot},
    {"Einsum", lower_einsum}, {"DotProductAttention", dot_product_attention},
};

constexpr OperationCase cases[] = {
    {"Matmul", "numpy", R"({})", R"(["float32[2,3]", "float32[3,4]"])"},
    {"Matmul", "numpy", R"({})", R"(["float32[2,3,4]", "float32[4,5]"])"},
    {"Matmul", "numpy", R"({})", R"(["float32[2,1,3,4]", "float32[5,4,2]"])"},
    {"Matmul", "numpy", R"({})", R"(["float32[4]", "float32[2,4,3]"])"},
    {"Matmul", "numpy", R"({})", R"(["float32[2,3,4]", "float32[4]"])"},
    {"Matmul", "numpy", R"({})", R"(["float32[3]", "float32[3]"])"},
    {"Dot", "numpy", R"({})", R"(["float32[2,3,4]", "float32[5,4,6]"])"},
    {"Dot", "numpy", R"({})", R"(["float32[2,3]", "float32[3]"])"},
    {"Inner", "numpy", R"({})", R"(["float32[2,3]", "float32[4,3]"])"},
    {"Outer", "numpy", R"({})", R"(["float32[2,3]", "float32[4]"])"},
    {"Vdot", "numpy", R"({})", R"(["float32[2,3]", "float32[2,3]"])"},
    {"Tensordot", "numpy", R"({})", R"(["float32[2,3,4]", "float32[3,4,5]"])"},
    {"Tensordot", "numpy", R"({"axes": 1})", R"(["float32[2,3]", "float32[3,4]"])"},
    {"Tensordot", "numpy", R"({"axes": [[1, 2], [0, 2]]})", R"(["float32[2,3,4]", "float32[3,5,4]"])"},
    {"Einsum", "numpy", R"({"subscripts": "abc,adc->abd"})", R"(["float32[2,3,4]", "float32[2,5,4]"])"},
    {"Einsum", "numpy", R"({"subscripts": "...ab,bc->...ac"})", R"(["float32[2,3,4]", "float32[4,5]"])"},
    {"Einsum", "numpy", R"({"subscripts": "ab->ba"})", R"(["float32[2,3]"])"},
    {"DotProductAttention", "nn", R"({})", R"(["float32[2,4,4,3]", "float32[2,5,2,3]", "float32[2,5,2,3]"])"},
    {"DotProductAttention", "nn", R"({"is_causal": true})",
     R"(["float32[2,4,2,3]", "float32[2,4,2,3]", "float32[2,4,2,3]"])"},
};

}  // namespace
extern const OperationFamily operations_product{rows, cases};
}  // namespace keratin
