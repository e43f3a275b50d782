#include "kernels/elementwise/cast.h"

#include <cstring>

namespace keratin::elementwise {
namespace {

// As TensorFlow and XLA on x86: out-of-range and NaN become the smallest integer rather than undefined.
template <class To, class From>
To convert(From x) {
  if constexpr (std::is_same_v<To, bool>) {
    return x != From(0);
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    const auto wide = static_cast<long double>(x);
    if (!(wide > static_cast<long double>(std::numeric_limits<To>::min()) - 1 &&
          wide < static_cast<long double>(std::numeric_limits<To>::max()) + 1))
      return std::numeric_limits<To>::min();
    return static_cast<To>(x);
  } else {
    return static_cast<To>(x);
  }
}

}  // namespace

std::vector<ir::Type> infer_cast(const ir::Node& node) {
  ir::op_check_inputs(node, 1);
  return {{node.get<DType>("dtype"), node.in(0).shape}};
}

ir::Gradients cast_gradient(ir::Node& node, std::span<const ir::Value> dy) {
  const DType from = node.in(0).dtype;
  if (!is_floating(from) || !is_floating(node.results[0].dtype)) return {{ir::Value{}}, {}};
  return {{ir::cast(dy[0], from)}, {}};
}

void evaluate_cast(const ir::Node&, std::span<const ir::HostView> in, std::span<const ir::HostView> out) {
  const std::int64_t count = in[0].elements();
  visit_dtype(in[0].dtype, [&]<class From>() {
    visit_dtype(out[0].dtype, [&]<class To>() {
      const From* x = in[0].as<From>();
      To* y = out[0].as<To>();
      for (std::int64_t i = 0; i < count; ++i)
        y[i] = static_cast<To>(convert<compute_t<To>>(static_cast<compute_t<From>>(x[i])));
    });
  });
}

std::vector<ir::Type> infer_select(const ir::Node& node) {
  ir::op_check_inputs(node, 3);
  ir::op_check(node.in(0).dtype == DType::boolean, node, "the condition is ", name_of(node.in(0).dtype),
               ", expected bool");
  ir::op_check(node.in(1).dtype == node.in(2).dtype, node, "branches of ", name_of(node.in(1).dtype), " and ",
               name_of(node.in(2).dtype), ", expected equal dtypes");
  return {
      {node.in(1).dtype, ir::broadcast(ir::broadcast(node.in(0).shape, node.in(1).shape), node.in(2).shape)}};
}

ir::Gradients select_gradient(ir::Node& node, std::span<const ir::Value> dy) {
  const ir::Value zero = ir::constant_like(dy[0], 0), condition = node.inputs[0];
  return {{ir::Value{}, ir::sum_to(ir::select(condition, dy[0], zero), node.in(1).shape),
           ir::sum_to(ir::select(condition, zero, dy[0]), node.in(2).shape)},
          {}};
}

void evaluate_select(const ir::Node&, std::span<const ir::HostView> in, std::span<const ir::HostView> out) {
  visit_dtype(in[1].dtype, [&]<class T>() {
    const bool* condition = in[0].as<bool>();
    const T *a = in[1].as<T>(), *b = in[2].as<T>();
    T* y = out[0].as<T>();
    Broadcast(out[0].shape, in).run<3>([&](std::int64_t i, const auto& at) {
      y[i] = condition[at[0]] ? a[at[1]] : b[at[2]];
    });
  });
}

std::vector<ir::Type> infer_stop_gradient(const ir::Node& node) {
  ir::op_check_inputs(node, 1);
  return {node.in(0)};
}

void evaluate_stop_gradient(const ir::Node&, std::span<const ir::HostView> in,
                            std::span<const ir::HostView> out) {
  std::memcpy(out[0].data, in[0].data, static_cast<std::size_t>(in[0].elements()) * size_of(in[0].dtype));
}

}  // namespace keratin::elementwise
