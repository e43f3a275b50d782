// attention: softmax(q kᵀ · scale + mask) v over equal leading axes. A bool mask says what is seen, a
// floating one is added to the scores.
#include "kernels/math/reference.h"
#include "runtime/ir/build_nn.h"
#include "runtime/ir/decomposed.h"
#include "runtime/ir/op.h"

namespace keratin {
namespace {

using namespace ir;

constexpr AttributeDef attributes[] = {{"scale", AttributeKind::real, "1.0"},
                                       {"causal", AttributeKind::boolean, "false"}};

Dims scores_shape(const Type& q, const Type& k) {
  Dims shape = q.shape;
  shape.back() = k.shape[k.rank() - 2];
  return shape;
}

std::vector<Type> infer(const Node& node) {
  op_check(node.inputs.size() == 3 || node.inputs.size() == 4, node, node.inputs.size(),
           " inputs given, expected q, k, v and maybe a mask");
  const Type &q = node.in(0), &k = node.in(1), &v = node.in(2);
  const std::size_t rank = q.rank();
  op_check(is_floating(q.dtype) && k.dtype == q.dtype && v.dtype == q.dtype, node,
           "q, k and v want equal floating-point dtypes");
  op_check(rank >= 2 && k.rank() == rank && v.rank() == rank, node, to_string(q), ", ", to_string(k), " and ",
           to_string(v), " differ in rank");
  bool fits = q.shape[rank - 1] == k.shape[rank - 1] && k.shape[rank - 2] == v.shape[rank - 2];
  for (std::size_t i = 0; i + 2 < rank; ++i) fits &= q.shape[i] == k.shape[i] && k.shape[i] == v.shape[i];
  op_check(fits, node, to_string(q), ", ", to_string(k), " and ", to_string(v), " don't fit as q, k and v");
  if (node.inputs.size() == 4) {
    const Type& mask = node.in(3);
    const Dims scores = scores_shape(q, k);
    op_check(mask.dtype == DType::boolean || mask.dtype == q.dtype, node, "the mask is ", name_of(mask.dtype),
             ", expected bool or ", name_of(q.dtype));
    op_check(mask.rank() <= rank && broadcast(mask.shape, scores) == scores, node, "the mask ",
             to_string(mask), " can't be broadcast to ", to_string(scores));
  }
  Type y = q;
  y.shape.back() = v.shape.back();
  return {y};
}

// What Keras puts at unseen places: far below all scores, finite so that fully masked rows stay numbers.
double unseen(DType dtype) {
  return dtype == DType::float64 ? -0.7 * 1.7976931348623157e308 : -0.7 * 3.4028235e38;
}

Values decompose(Graph& graph, const Node& node, const Values& inputs) {
  auto wide = [](Value x) {
    return is_floating(x.dtype()) && size_of(x.dtype()) == 2 ? cast(x, DType::float32) : x;
  };
  const Value q = wide(inputs[0]), k = wide(inputs[1]), v = wide(inputs[2]);
  const auto rank = static_cast<std::int64_t>(q.rank());
  Ints batch;
  for (std::int64_t i = 0; i + 2 < rank; ++i) batch.push_back(i);
  Value scores = dot_general(q, k, {{rank - 1}, {rank - 1}, batch, batch}) * node.get<double>("scale");
  const Value hidden = constant_like(scores, unseen(scores.dtype()));
  if (inputs.size() == 4) {
    const Value mask = wide(inputs[3]);
    scores = mask.dtype() == DType::boolean ? select(mask, scores, hidden) : scores + mask;
  }
  if (node.get<bool>("causal")) {
    const Dims plane(scores.shape().end() - 2, scores.shape().end());
    scores = select(
        compare("greater_equal", iota(graph, DType::int32, plane, 0), iota(graph, DType::int32, plane, 1)),
        scores, hidden);
  }
  const Value y = dot_general(softmax(scores), v, {{rank - 1}, {rank - 2}, batch, batch});
  return {cast(y, inputs[0].dtype())};
}

constexpr Case cases[] = {
    {"scale=0.5", "f32[2,3,4] f32[2,5,4] f32[2,5,6]"},
    {"scale=0.7, causal=true", "f64[2,2,4,3] f64[2,2,4,3] f64[2,2,4,2]"},
    {"scale=0.5", "f32[2,3,4] f32[2,5,4] f32[2,5,6] bool[2,1,5]"},
    {"", "f64[2,3,4] f64[2,5,4] f64[2,5,6] bool[3,5]"},
    {"", "f64[2,3] f64[5,3] f64[5,2] f64[2,5]"},
    {"scale=0.5", "f16[2,4,8] f16[2,4,8] f16[2,4,8]"},
};

constexpr OpDef ops[] = {
    {"attention", attributes, infer, {gradient_of_decomposition}, decompose, nullptr, cases}};

}  // namespace
extern const OpFamily ops_attention{ops};
}  // namespace keratin
