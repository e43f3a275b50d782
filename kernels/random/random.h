// The filling of a tensor with random numbers, shared by the reference and the CPU kernel.
#pragma once

#include "kernels/random/philox.h"

namespace keratin::random {

enum class Kind { bits, uniform, normal };

// key: u64[1], counter: u64[2].
inline Stream stream_of(const void* key, const void* counter) {
  const auto* c = static_cast<const std::uint64_t*>(counter);
  return {*static_cast<const std::uint64_t*>(key), c[0], c[1]};
}

// Calls f.template operator()<Distribution, T>() for the kind's distribution over dtype.
// infer has refused the other dtypes.
template <class F>
void visit_distribution(Kind kind, DType dtype, F&& f) {
  visit_dtype(dtype, [&]<class T>() {
    if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double> || std::is_same_v<T, Half> ||
                  std::is_same_v<T, BFloat16>) {
      if (kind == Kind::uniform) return f.template operator()<Uniform<T>, T>();
      return f.template operator()<Normal<T>, T>();
    } else if constexpr (sizeof(T) >= 4) {
      return f.template operator()<Bits<T>, T>();
    }
  });
}

}  // namespace keratin::random
