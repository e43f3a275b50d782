// Reductions over axes: sum, mean, max, min, prod, any, all.
#include <algorithm>
#include <limits>

#include "kernels/math/expr.h"
#include "kernels/math/scalar.h"
#include "runtime/core/half.h"
#include "runtime/ir/build.h"
#include "runtime/ir/op.h"

namespace keratin {
namespace {

using namespace ir;

constexpr AttributeDef attributes[] = {{"axes", AttributeKind::ints},
                                       {"keep", AttributeKind::boolean, "false"}};

std::vector<Type> infer(const Node& node) {
  op_check_inputs(node, 1);
  const Type& x = node.in(0);
  std::vector<char> reduced(x.rank());
  for (std::int64_t axis : node.get<Ints>("axes")) {
    op_check(axis >= 0 && axis < static_cast<std::int64_t>(x.rank()), node, "axis ", axis, " is outside of ",
             to_string(x));
    op_check(!std::exchange(reduced[static_cast<std::size_t>(axis)], 1), node, "axis ", axis,
             " is given twice");
  }
  Type y{x.dtype, {}};
  for (std::size_t i = 0; i < x.rank(); ++i) {
    if (!reduced[i])
      y.shape.push_back(x.shape[i]);
    else if (node.get<bool>("keep"))
      y.shape.push_back(Dim(1));
  }
  return {y};
}

std::vector<Type> infer_floating(const Node& node) {
  op_check(node.inputs.size() == 1 && is_floating(node.in(0).dtype), node, "wants a floating-point tensor");
  return infer(node);
}
std::vector<Type> infer_boolean(const Node& node) {
  op_check(node.inputs.size() == 1 && node.in(0).dtype == DType::boolean, node, "wants a bool tensor");
  return infer(node);
}

// y or dy with the reduced axes as 1, ready to broadcast against x.
Value kept(const Node& node, Value y) {
  Dims shape = node.in(0).shape;
  for (std::int64_t axis : node.get<Ints>("axes")) shape[static_cast<std::size_t>(axis)] = Dim(1);
  return reshape(y, std::move(shape));
}

Dim count(const Node& node) {
  Dim all(1);
  for (std::int64_t axis : node.get<Ints>("axes"))
    all = all * node.in(0).shape[static_cast<std::size_t>(axis)];
  return all;
}

Gradients sum_gradient(Node& node, std::span<const Value> dy) {
  return {{broadcast_to(kept(node, dy[0]), node.in(0).shape)}, {}};
}
Gradients mean_gradient(Node& node, std::span<const Value> dy) {
  const Value scaled = dy[0] / dimension(*node.graph, count(node), dy[0].dtype());
  return {{broadcast_to(kept(node, scaled), node.in(0).shape)}, {}};
}
// Ties share the gradient equally, as in TensorFlow.
Gradients extreme_gradient(Node& node, std::span<const Value> dy) {
  const Value x = node.inputs[0];
  const Value hit = cast(compare("equal", x, kept(node, node.out())), x.dtype());
  const Value ties = sum(hit, node.get<Ints>("axes"), Keep::yes);
  return {{hit / ties * kept(node, dy[0])}, {}};
}
// The product of the others: exact where one factor is zero, too.
Gradients prod_gradient(Node& node, std::span<const Value> dy) {
  const Value x = node.inputs[0], zero = constant_like(x, 0), one = constant_like(x, 1);
  const Ints& axes = node.get<Ints>("axes");
  const Value is_zero = compare("equal", x, zero);
  const Value others = reduce("reduce_prod", select(is_zero, one, x), axes, Keep::yes);
  const Value zeros = sum(cast(is_zero, x.dtype()), axes, Keep::yes);
  const Value none = compare("equal", zeros, zero), single = compare("equal", zeros, one);
  const Value safe = select(is_zero, one, x);
  const Value factor =
      select(none, others / safe, select(binary("logical_and", single, is_zero), others, zero));
  return {{factor * kept(node, dy[0])}, {}};
}

struct Sum {
  template <class A>
  static A start() {
    return A(0);
  }
  template <class A>
  static A join(A a, A b) {
    return static_cast<A>(a + b);
  }
};
struct Prod {
  template <class A>
  static A start() {
    return A(1);
  }
  template <class A>
  static A join(A a, A b) {
    return static_cast<A>(a * b);
  }
};
struct Max {
  template <class A>
  static A start() {
    return std::numeric_limits<A>::has_infinity ? -std::numeric_limits<A>::infinity()
                                                : std::numeric_limits<A>::lowest();
  }
  template <class A>
  static A join(A a, A b) {
    return m::maximum(a, b);
  }
};
struct Min {
  template <class A>
  static A start() {
    return std::numeric_limits<A>::has_infinity ? std::numeric_limits<A>::infinity()
                                                : std::numeric_limits<A>::max();
  }
  template <class A>
  static A join(A a, A b) {
    return m::minimum(a, b);
  }
};

template <class Accumulate, bool average>
void evaluate(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const auto shape = in[0].shape;
  std::vector<std::int64_t> strides(shape.size(), 0);  // of the result, 0 along reduced axes
  const Ints& axes = node.get<Ints>("axes");
  std::int64_t step = 1, reduced = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(i)) != axes.end()) {
      reduced *= shape[i];
    } else {
      strides[i] = step;
      step *= shape[i];
    }
  }
  visit_dtype(in[0].dtype, [&]<class Stored>() {
    using T = std::conditional_t<std::is_same_v<Stored, bool>, std::uint8_t, Stored>;  // infer refuses bool
    using C = compute_t<T>;
    using A = std::conditional_t<std::is_same_v<C, float>, double, C>;
    std::vector<A> sums(static_cast<std::size_t>(step), Accumulate::template start<A>());
    const T* x = in[0].as<T>();
    Shape index(shape.size(), 0);
    std::int64_t at = 0;
    for (std::int64_t i = 0, n = in[0].elements(); i < n; ++i) {
      A& sum = sums[static_cast<std::size_t>(at)];
      sum = Accumulate::join(sum, static_cast<A>(static_cast<C>(x[i])));
      for (std::size_t axis = shape.size(); axis-- > 0;) {
        at += strides[axis];
        if (++index[axis] < shape[axis]) break;
        at -= strides[axis] * shape[axis];
        index[axis] = 0;
      }
    }
    T* y = out[0].as<T>();
    for (std::size_t i = 0; i < sums.size(); ++i) {
      A value = sums[i];
      if constexpr (average) value = static_cast<A>(value / static_cast<A>(reduced));
      y[i] = T(static_cast<C>(value));
    }
  });
}

// bool: any and all are max and min.
template <bool any>
void evaluate_truth(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const HostView x{DType::uint8, in[0].shape, in[0].data}, y{DType::uint8, out[0].shape, out[0].data};
  if constexpr (any)
    evaluate<Max, false>(node, std::span(&x, 1), std::span(&y, 1));
  else
    evaluate<Min, false>(node, std::span(&x, 1), std::span(&y, 1));
}

constexpr Case cases[] = {{"axes=[1]", "f32[2,5]"},       {"axes=[0,2], keep=true", "f64[2,3,4]"},
                          {"axes=[0]", "f64[7]"},         {"axes=[]", "f32[3]"},
                          {"axes=[0,1,2]", "f32[2,3,4]"}, {"axes=[2]", "f16[2,3,40]"}};
constexpr Case truth_cases[] = {{"axes=[1]", "bool[2,5]"}, {"axes=[0,1], keep=true", "bool[2,3]"}};
constexpr const char* no_derivative = "a truth value has no derivative";

constexpr OpDef ops[] = {
    {"reduce_sum", attributes, infer, {sum_gradient}, nullptr, evaluate<Sum, false>, cases},
    {"reduce_mean", attributes, infer_floating, {mean_gradient}, nullptr, evaluate<Sum, true>, cases},
    {"reduce_max", attributes, infer, {extreme_gradient}, nullptr, evaluate<Max, false>, cases},
    {"reduce_min", attributes, infer, {extreme_gradient}, nullptr, evaluate<Min, false>, cases},
    {"reduce_prod", attributes, infer, {prod_gradient}, nullptr, evaluate<Prod, false>, cases},
    {"reduce_any",
     attributes,
     infer_boolean,
     {nullptr, no_derivative},
     nullptr,
     evaluate_truth<true>,
     truth_cases},
    {"reduce_all",
     attributes,
     infer_boolean,
     {nullptr, no_derivative},
     nullptr,
     evaluate_truth<false>,
     truth_cases},
};

}  // namespace
extern const OpFamily ops_reduce{ops};
}  // namespace keratin
