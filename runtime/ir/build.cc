#include "runtime/ir/build.h"

#include "runtime/core/error.h"
#include "runtime/core/half.h"
#include "runtime/core/shape.h"

namespace keratin::ir {
namespace {

Tensor scalar(DType dtype, double value) {
  Tensor tensor(dtype, {});
  visit_dtype(dtype, [&]<class T>() { *tensor.data<T>() = T(static_cast<compute_t<T>>(value)); });
  return tensor;
}

Ints normalized(Value x, Ints axes) {
  for (std::int64_t& axis : axes) axis = normalize_axis(axis, x.rank());
  return axes;
}

}  // namespace

Value constant(Graph& graph, Tensor value) {
  return graph.add("constant", {}, {{"value", std::move(value)}});
}
Value constant(Graph& graph, DType dtype, double value) { return constant(graph, scalar(dtype, value)); }
Value full(Graph& graph, const Type& type, double value) {
  return broadcast_to(constant(graph, type.dtype, value), type.shape);
}
Value dimension(Graph& graph, const Dim& dim, DType dtype) {
  return graph.add("dimension", {}, {{"dim", Dims{dim}}, {"dtype", dtype}});
}

Value unary(const char* op, Value x) { return x.graph().add(op, {x}); }
Value binary(const char* op, Value a, Value b) { return a.graph().add(op, {a, b}); }
Value operator+(Value a, Value b) { return binary("add", a, b); }
Value operator-(Value a, Value b) { return binary("subtract", a, b); }
Value operator*(Value a, Value b) { return binary("multiply", a, b); }
Value operator/(Value a, Value b) { return binary("divide", a, b); }
Value operator-(Value a) { return unary("negative", a); }
Value operator+(Value a, double b) { return a + constant_like(a, b); }
Value operator-(Value a, double b) { return a - constant_like(a, b); }
Value operator*(Value a, double b) { return a * constant_like(a, b); }
Value operator/(Value a, double b) { return a / constant_like(a, b); }
Value operator-(double a, Value b) { return constant_like(b, a) - b; }
Value maximum(Value a, Value b) { return binary("maximum", a, b); }
Value minimum(Value a, Value b) { return binary("minimum", a, b); }
Value exp(Value x) { return unary("exp", x); }
Value log(Value x) { return unary("log", x); }
Value sqrt(Value x) { return unary("sqrt", x); }
Value rsqrt(Value x) { return unary("rsqrt", x); }
Value square(Value x) { return unary("square", x); }
Value tanh(Value x) { return unary("tanh", x); }
Value select(Value condition, Value a, Value b) { return a.graph().add("select", {condition, a, b}); }
Value compare(const char* op, Value a, Value b) { return binary(op, a, b); }
Value cast(Value x, DType dtype) {
  return x.dtype() == dtype ? x : x.graph().add("cast", {x}, {{"dtype", dtype}});
}

Value reshape(Value x, Dims shape) {
  return x.shape() == shape ? x : x.graph().add("reshape", {x}, {{"shape", std::move(shape)}});
}
Value broadcast_to(Value x, const Dims& shape) {
  return x.shape() == shape ? x : x.graph().add("broadcast_to", {x}, {{"shape", shape}});
}
Value transpose(Value x, Ints permutation) {
  bool identity = true;
  for (std::size_t i = 0; i < permutation.size(); ++i)
    identity &= permutation[i] == static_cast<std::int64_t>(i);
  return identity ? x : x.graph().add("transpose", {x}, {{"permutation", std::move(permutation)}});
}
Value concatenate(Values parts, std::int64_t axis) {
  check(!parts.empty(), ErrorCode::invalid_argument, "concatenate needs at least one tensor");
  axis = normalize_axis(axis, parts[0].rank());
  Graph& graph = parts[0].graph();
  return parts.size() == 1 ? parts[0] : graph.add("concatenate", std::move(parts), {{"axis", axis}});
}
Value slice(Value x, Dims start, Dims limit, Ints stride) {
  if (stride.empty()) stride.assign(x.rank(), 1);
  if (limit == x.shape() && start == Dims(x.rank(), Dim(0)) && stride == Ints(x.rank(), 1)) return x;
  return x.graph().add(
      "slice", {x},
      {{"start", std::move(start)}, {"limit", std::move(limit)}, {"stride", std::move(stride)}});
}
Value slice_axis(Value x, std::int64_t axis, const Dim& start, const Dim& limit) {
  const auto i = static_cast<std::size_t>(normalize_axis(axis, x.rank()));
  Dims from(x.rank(), Dim(0)), to = x.shape();
  from[i] = start;
  to[i] = limit;
  return slice(x, std::move(from), std::move(to));
}
Value pad(Value x, Ints low, Ints high, double value) {
  if (low == Ints(x.rank(), 0) && high == low) return x;
  return x.graph().add("pad", {x, constant_like(x, value)},
                       {{"low", std::move(low)}, {"high", std::move(high)}});
}
Value expand_dims(Value x, std::int64_t axis) {
  axis = normalize_axis(axis, x.rank() + 1);
  Dims shape = x.shape();
  shape.insert(shape.begin() + axis, Dim(1));
  return reshape(x, std::move(shape));
}
Value squeeze(Value x, std::int64_t axis) {
  axis = normalize_axis(axis, x.rank());
  Dims shape = x.shape();
  check(shape[static_cast<std::size_t>(axis)] == Dim(1), ErrorCode::invalid_argument, "squeeze: axis ", axis,
        " of ", to_string(x.type()), " is not 1");
  shape.erase(shape.begin() + axis);
  return reshape(x, std::move(shape));
}

Value reduce(const char* op, Value x, Ints axes, Keep keep) {
  axes = normalized(x, std::move(axes));
  return x.graph().add(op, {x}, {{"axes", std::move(axes)}, {"keep", keep == Keep::yes}});
}

Value sum_to(Value x, const Dims& shape) {
  if (x.shape() == shape) return x;
  const std::size_t extra = x.rank() - shape.size();
  Ints axes;
  for (std::size_t i = 0; i < x.rank(); ++i)
    if (i < extra || !(x.shape()[i] == shape[i - extra])) axes.push_back(static_cast<std::int64_t>(i));
  return reshape(axes.empty() ? x : sum(x, std::move(axes)), shape);
}

Value dot_general(Value a, Value b, DotAxes axes) {
  return a.graph().add("dot_general", {a, b},
                       {{"contract_a", normalized(a, std::move(axes.contract_a))},
                        {"contract_b", normalized(b, std::move(axes.contract_b))},
                        {"batch_a", normalized(a, std::move(axes.batch_a))},
                        {"batch_b", normalized(b, std::move(axes.batch_b))}});
}
Value dot(Value a, Value b) { return dot_general(a, b, {{-1}, {0}, {}, {}}); }

}  // namespace keratin::ir
