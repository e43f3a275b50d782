// The element-wise GPU kernel as a template over functors, and its entries. Instantiated by family in the
// .cu files of this folder, so that they compile side by side.
#pragma once

#include "kernels/elementwise/elementwise_cuda.h"
#include "kernels/elementwise/functor.h"
#include "kernels/math/device.cuh"

namespace keratin::elementwise {

template <class F, std::size_t N, class T>
__global__ void functor_kernel(const ElementwiseParameters p) {
  using C = launch::compute_type<T>;
  for (std::int64_t i = launch::first_item(); i < p.count; i += launch::item_step()) {
    C x[N];
    for (std::size_t k = 0; k < N; ++k) x[k] = launch::load<T>(p.in[k], launch::offset(p.nest, i, k));
    auto value = [&](auto... operands) {
      if constexpr (HasAttributes<F>)
        return F::value(operands..., p.parameter);
      else
        return F::value(operands...);
    };
    if constexpr (requires { F::predicate; }) {
      if constexpr (N == 1)
        launch::store<bool>(p.out, i, value(x[0]));
      else
        launch::store<bool>(p.out, i, value(x[0], x[1]));
    } else if constexpr (N == 1) {
      launch::store<T>(p.out, i, value(x[0]));
    } else {
      launch::store<T>(p.out, i, value(x[0], x[1]));
    }
  }
}

template <std::size_t N, class F>
void add_entries(launch::Entries& entries) {
  auto add = [&]<class T>(DType dtype) {
    entries.push_back(
        {launch::entry_name(F::name, dtype), reinterpret_cast<const void*>(&functor_kernel<F, N, T>)});
  };
  if constexpr (F::domain == Domain::floating) launch::for_floating(add);
  if constexpr (F::domain == Domain::numeric) launch::for_numbers(add);
  if constexpr (F::domain == Domain::integral) launch::for_integers(add);
  if constexpr (F::domain == Domain::boolean) add.template operator()<bool>(DType::boolean);
  if constexpr (F::domain == Domain::any) launch::for_all(add);
}

template <std::size_t N, class... F>
launch::Entries entries_of(List<F...>) {
  launch::Entries entries;
  (add_entries<N, F>(entries), ...);
  return entries;
}

}  // namespace keratin::elementwise
