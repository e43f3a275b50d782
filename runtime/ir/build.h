// Words to build graphs with: each adds one node (or a few) beside its arguments. Used by front-ends,
// gradients and decompositions. Element-wise ops broadcast as numpy does and want equal dtypes.
#pragma once

#include "runtime/ir/graph.h"

namespace keratin::ir {

// A scalar, broadcast wherever it is used.
Value constant(Graph& graph, DType dtype, double value);
Value constant(Graph& graph, Tensor value);
inline Value constant_like(Value like, double value) { return constant(like.graph(), like.dtype(), value); }
// A tensor filled with value.
Value full(Graph& graph, const Type& type, double value);
// The value of dimension expressions at run time, as a scalar.
Value dimension(Graph& graph, const Dim& dim, DType dtype);

Value unary(const char* op, Value x);
Value binary(const char* op, Value a, Value b);
Value operator+(Value a, Value b);
Value operator-(Value a, Value b);
Value operator*(Value a, Value b);
Value operator/(Value a, Value b);
Value operator-(Value a);
Value operator+(Value a, double b);
Value operator-(Value a, double b);
Value operator*(Value a, double b);
Value operator/(Value a, double b);
Value operator-(double a, Value b);
Value maximum(Value a, Value b);
Value minimum(Value a, Value b);
Value exp(Value x);
Value log(Value x);
Value sqrt(Value x);
Value rsqrt(Value x);
Value square(Value x);
Value tanh(Value x);
Value select(Value condition, Value a, Value b);
Value compare(const char* op, Value a, Value b);  // equal not_equal less less_equal greater greater_equal
Value cast(Value x, DType dtype);                 // x itself when it has the dtype

Value reshape(Value x, Dims shape);
Value broadcast_to(Value x, const Dims& shape);
Value transpose(Value x, Ints permutation);
Value concatenate(Values parts, std::int64_t axis);
// limit and start in elements; stride > 0.
Value slice(Value x, Dims start, Dims limit, Ints stride = {});
Value slice_axis(Value x, std::int64_t axis, const Dim& start, const Dim& limit);
// Low and high may be negative (crop).
Value pad(Value x, Ints low, Ints high, double value = 0);
Value expand_dims(Value x, std::int64_t axis);
Value squeeze(Value x, std::int64_t axis);

enum class Keep : bool { no, yes };
Value reduce(const char* op, Value x, Ints axes, Keep keep = Keep::no);  // sum max min prod mean any all
inline Value sum(Value x, Ints axes, Keep keep = Keep::no) {
  return reduce("reduce_sum", x, std::move(axes), keep);
}
inline Value mean(Value x, Ints axes, Keep keep = Keep::no) {
  return reduce("reduce_mean", x, std::move(axes), keep);
}
// Sums what broadcasting repeated: the gradient of broadcasting to x.shape().
Value sum_to(Value x, const Dims& shape);

// Contracts and batches axes as StableHLO: result is batch, a's other axes, b's other axes.
struct DotAxes {
  Ints contract_a, contract_b, batch_a, batch_b;
};
Value dot_general(Value a, Value b, DotAxes axes);
// (…, k) x (k, n) -> (…, n)
Value dot(Value a, Value b);

// Gradients of sum(loss) with respect to wrt, added to loss's graph; null where nothing flows.
// Throws Error{unsupported} naming the op that has no gradient and why.
Values gradients(Value loss, const Values& wrt);
// The same with given seeds: one per output, null for none.
Values gradients(const Values& outputs, const Values& seeds, const Values& wrt);

}  // namespace keratin::ir
