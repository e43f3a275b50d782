// Order along an axis, stable: sort, argsort, top_k, argmax, argmin, searchsorted. NaN counts as largest.
#include <numeric>

#include "kernels/math/reference.h"
#include "runtime/ir/build_nn.h"
#include "runtime/ir/op.h"

namespace keratin {
namespace {

using namespace ir;

std::size_t at(std::int64_t axis) { return static_cast<std::size_t>(axis); }

constexpr AttributeDef sort_attributes[] = {{"axis", AttributeKind::integer},
                                            {"descending", AttributeKind::boolean, "false"}};
constexpr AttributeDef top_k_attributes[] = {{"k", AttributeKind::integer}};
constexpr AttributeDef extreme_attributes[] = {{"axis", AttributeKind::integer},
                                               {"keep", AttributeKind::boolean, "false"}};
constexpr AttributeDef search_attributes[] = {{"right", AttributeKind::boolean, "false"}};
constexpr const char* no_derivative = "an index has no derivative";

void check_ordered(const Node& node, std::int64_t axis) {
  op_check_inputs(node, 1);
  reference::check_axis(node, axis, node.in(0));
  op_check(node.in(0).dtype != DType::string, node, "strings aren't ordered here");
}
std::vector<Type> infer_sort(const Node& node) {
  check_ordered(node, node.get<std::int64_t>("axis"));
  return {node.in(0)};
}
std::vector<Type> infer_argsort(const Node& node) {
  check_ordered(node, node.get<std::int64_t>("axis"));
  return {{DType::int32, node.in(0).shape}};
}
std::vector<Type> infer_top_k(const Node& node) {
  op_check_inputs(node, 1);
  op_check(node.in(0).rank() >= 1, node, "wants at least one axis");
  check_ordered(node, static_cast<std::int64_t>(node.in(0).rank()) - 1);
  const auto k = node.get<std::int64_t>("k");
  Dims shape = node.in(0).shape;
  op_check(k >= 0 && (!shape.back().is_constant() || k <= shape.back().value()), node, "k = ", k,
           " is outside of the last axis of ", to_string(node.in(0)));
  shape.back() = Dim(k);
  return {{node.in(0).dtype, shape}, {DType::int32, shape}};
}
std::vector<Type> infer_extreme(const Node& node) {
  const auto axis = node.get<std::int64_t>("axis");
  check_ordered(node, axis);
  Dims shape = node.in(0).shape;
  op_check(!(shape[at(axis)] == Dim(0)), node, "axis ", axis, " of ", to_string(node.in(0)), " is empty");
  if (node.get<bool>("keep"))
    shape[at(axis)] = Dim(1);
  else
    shape.erase(shape.begin() + axis);
  return {{DType::int32, std::move(shape)}};
}
std::vector<Type> infer_search(const Node& node) {
  op_check_inputs(node, 2);
  op_check(
      node.in(0).rank() == 1 && node.in(0).dtype == node.in(1).dtype && node.in(0).dtype != DType::string,
      node, to_string(node.in(0)), " and ", to_string(node.in(1)),
      ": expected a sorted vector and values of its dtype");
  return {{DType::int32, node.in(1).shape}};
}

Value zeros_like(Value dy, const Dims& shape) { return full(dy.graph(), {dy.dtype(), shape}, 0); }

// Each value goes back to the place that it came from.
Gradients sort_gradient(Node& node, std::span<const Value> dy) {
  const auto axis = node.get<std::int64_t>("axis");
  const Value order = argsort(node.inputs[0], axis, node.get<bool>("descending"));
  return {{scatter_add_along(zeros_like(dy[0], node.in(0).shape), order, dy[0], axis)}, {}};
}
Gradients top_k_gradient(Node& node, std::span<const Value> dy) {
  if (!dy[0]) return {{Value{}}, {}};
  return {{scatter_add_along(zeros_like(dy[0], node.in(0).shape), node.out(1), dy[0], -1)}, {}};
}

template <class T>
bool is_less(const T& a, const T& b) {
  const auto x = static_cast<compute_t<T>>(a), y = static_cast<compute_t<T>>(b);
  if constexpr (std::is_floating_point_v<compute_t<T>>)
    return x < y || (x == x && y != y);
  else
    return x < y;
}

// Calls visit(x of the line, its stride, the number of the line) for all lines of x along axis.
template <class T, class Visit>
void for_each_line(const HostView& x, const reference::Around& view, Visit visit) {
  for (std::int64_t line = 0; line < view.before * view.after; ++line)
    visit(x.as<T>() + line / view.after * view.length * view.after + line % view.after, view.after, line);
}

// The places of a line's elements in their order; the first count of them are right.
template <class T>
std::vector<std::int32_t> order_of(const T* x, std::int64_t stride, std::int64_t length, bool descending) {
  std::vector<std::int32_t> order(at(length));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return descending ? is_less(x[b * stride], x[a * stride]) : is_less(x[a * stride], x[b * stride]);
  });
  return order;
}

// Values and places of the first `taken` in order; either output may be null.
void evaluate_order(const HostView& x, std::int64_t axis, bool descending, std::int64_t taken,
                    const HostView* values, const HostView* places) {
  const reference::Around view = reference::around(x.shape, at(axis));
  visit_dtype(x.dtype, [&]<class T>() {
    for_each_line<T>(x, view, [&](const T* line, std::int64_t stride, std::int64_t number) {
      const std::vector<std::int32_t> order = order_of(line, stride, view.length, descending);
      const std::int64_t to = number / stride * taken * stride + number % stride;
      for (std::int64_t i = 0; i < taken; ++i) {
        if (values) values->as<T>()[to + i * stride] = line[order[at(i)] * stride];
        if (places) places->as<std::int32_t>()[to + i * stride] = order[at(i)];
      }
    });
  });
}
void evaluate_sort(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const auto axis = node.get<std::int64_t>("axis");
  evaluate_order(in[0], axis, node.get<bool>("descending"), in[0].shape[at(axis)], &out[0], nullptr);
}
void evaluate_argsort(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const auto axis = node.get<std::int64_t>("axis");
  evaluate_order(in[0], axis, node.get<bool>("descending"), in[0].shape[at(axis)], nullptr, &out[0]);
}
void evaluate_top_k(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const auto k = node.get<std::int64_t>("k");
  op_check(k <= in[0].shape.back(), node, "k = ", k, " of an axis of ", in[0].shape.back());
  evaluate_order(in[0], static_cast<std::int64_t>(in[0].shape.size()) - 1, true, k, &out[0], &out[1]);
}

template <bool largest>
void evaluate_extreme(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const reference::Around view = reference::around(in[0].shape, at(node.get<std::int64_t>("axis")));
  visit_dtype(in[0].dtype, [&]<class T>() {
    for_each_line<T>(in[0], view, [&](const T* line, std::int64_t stride, std::int64_t number) {
      std::int32_t best = 0;
      for (std::int32_t i = 1; i < view.length; ++i)
        if (largest ? is_less(line[best * stride], line[i * stride])
                    : is_less(line[i * stride], line[best * stride]))
          best = i;
      out[0].as<std::int32_t>()[number] = best;
    });
  });
}

void evaluate_search(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const bool right = node.get<bool>("right");
  visit_dtype(in[0].dtype, [&]<class T>() {
    const T *first = in[0].as<T>(), *last = first + in[0].elements();
    for (std::int64_t i = 0, n = in[1].elements(); i < n; ++i) {
      const T value = in[1].as<T>()[i];
      const T* place = right ? std::upper_bound(first, last, value, is_less<T>)
                             : std::lower_bound(first, last, value, is_less<T>);
      out[0].as<std::int32_t>()[i] = static_cast<std::int32_t>(place - first);
    }
  });
}

constexpr Case sort_cases[] = {{"axis=1", "f32[2,5]"},
                               {"axis=0, descending=true", "f64[4,3]"},
                               {"axis=1", "f64[2,4,3]"},
                               {"axis=0", "i32[7]"},
                               {"axis=0, descending=true", "i32[7]"}};
constexpr Case top_k_cases[] = {{"k=2", "f32[2,5]"}, {"k=3", "f64[2,2,4]"}, {"k=4", "i32[6]"}};
constexpr Case extreme_cases[] = {{"axis=1", "f32[2,5]"},
                                  {"axis=0, keep=true", "f64[4,3]"},
                                  {"axis=0", "i32[7]"},
                                  {"axis=1", "f16[2,4,3]"}};
constexpr Case search_cases[] = {{"", "f32[5] f32[2,3]"}, {"right=true", "i32[5] i32[4]"}};

constexpr OpDef ops[] = {
    {"sort", sort_attributes, infer_sort, {sort_gradient}, nullptr, evaluate_sort, sort_cases},
    {"argsort",
     sort_attributes,
     infer_argsort,
     {nullptr, no_derivative},
     nullptr,
     evaluate_argsort,
     sort_cases},
    {"top_k", top_k_attributes, infer_top_k, {top_k_gradient}, nullptr, evaluate_top_k, top_k_cases},
    {"argmax",
     extreme_attributes,
     infer_extreme,
     {nullptr, no_derivative},
     nullptr,
     evaluate_extreme<true>,
     extreme_cases},
    {"argmin",
     extreme_attributes,
     infer_extreme,
     {nullptr, no_derivative},
     nullptr,
     evaluate_extreme<false>,
     extreme_cases},
    {"searchsorted",
     search_attributes,
     infer_search,
     {nullptr, no_derivative},
     nullptr,
     evaluate_search,
     search_cases},
};

}  // namespace
extern const OpFamily ops_sort{ops};
}  // namespace keratin
