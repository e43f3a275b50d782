// What the references of ops share: element visitors, accumulators, offsets of groups of axes.
#pragma once

#include <algorithm>
#include <type_traits>
#include <vector>

#include "runtime/core/half.h"
#include "runtime/core/shape.h"
#include "runtime/ir/op.h"

namespace keratin::reference {

// Sums of float32 and narrower floats are kept in double.
template <class T>
using accumulate_t = std::conditional_t<std::is_same_v<compute_t<T>, float>, double, compute_t<T>>;

template <class T>
accumulate_t<T> load(const T& value) {
  return static_cast<accumulate_t<T>>(static_cast<compute_t<T>>(value));
}
template <class T>
T store(accumulate_t<T> value) {
  return T(static_cast<compute_t<T>>(value));
}

// visit_dtype for ops that infer keeps to floats, or to numbers.
template <class F>
void visit_floating(DType dtype, F&& f) {
  visit_dtype(dtype, [&]<class T>() {
    if constexpr (std::is_floating_point_v<compute_t<T>>)
      f.template operator()<T>();
    else
      assume(false, "an op of floats got another dtype");
  });
}
template <class F>
void visit_numeric(DType dtype, F&& f) {
  visit_dtype(dtype, [&]<class T>() {
    if constexpr (!std::is_same_v<T, bool>)
      f.template operator()<T>();
    else
      assume(false, "an op of numbers got bool");
  });
}

inline bool holds(const ir::Ints& axes, std::size_t axis) {
  return std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(axis)) != axes.end();
}
inline ir::Ints other_axes(std::size_t rank, const ir::Ints& axes) {
  ir::Ints others;
  for (std::size_t i = 0; i < rank; ++i)
    if (!holds(axes, i)) others.push_back(static_cast<std::int64_t>(i));
  return others;
}
// Offsets of every combination of the given axes in a dense tensor, the last axis fastest.
inline std::vector<std::int64_t> offsets(std::span<const std::int64_t> shape, const ir::Ints& axes) {
  const Shape strides = row_major_strides(shape);
  std::vector<std::int64_t> all = {0};
  for (std::int64_t axis : axes) {
    std::vector<std::int64_t> next;
    for (std::int64_t base : all)
      for (std::int64_t i = 0; i < shape[static_cast<std::size_t>(axis)]; ++i)
        next.push_back(base + i * strides[static_cast<std::size_t>(axis)]);
    all = std::move(next);
  }
  return all;
}

// A tensor seen around one axis: (before, length, after).
struct Around {
  std::int64_t before = 1, length = 1, after = 1;
};
inline Around around(std::span<const std::int64_t> shape, std::size_t axis) {
  Around view;
  for (std::size_t i = 0; i < shape.size(); ++i)
    (i < axis ? view.before : i == axis ? view.length : view.after) *= shape[i];
  return view;
}

// Checks of infer functions.
inline void check_axis(const ir::Node& node, std::int64_t axis, const ir::Type& x) {
  ir::op_check(axis >= 0 && axis < static_cast<std::int64_t>(x.rank()), node, "axis ", axis,
               " is outside of ", ir::to_string(x));
}
// Ascending, without repetition, inside of x.
inline void check_axes(const ir::Node& node, const ir::Ints& axes, const ir::Type& x) {
  for (std::size_t i = 0; i < axes.size(); ++i) {
    check_axis(node, axes[i], x);
    ir::op_check(i == 0 || axes[i - 1] < axes[i], node, "the axes must ascend");
  }
}
inline void check_floating(const ir::Node& node) {
  for (const ir::Value& input : node.inputs)
    ir::op_check(is_floating(input.dtype()) && input.dtype() == node.in(0).dtype, node, "operands of ",
                 name_of(node.in(0).dtype), " and ", name_of(input.dtype()),
                 ", expected equal floating-point dtypes");
}

}  // namespace keratin::reference
