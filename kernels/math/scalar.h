// The maths vocabulary m:: on plain numbers: what element-wise functors compute with.
// The same names exist for SIMD packs and for graph expressions (expr.h).
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "kernels/math/device.h"

namespace keratin::m {

template <class T>
concept Number = std::is_arithmetic_v<T>;
template <class T>
concept Real = std::is_floating_point_v<T>;

// A constant of the kind of `like`.
template <Number T>
KERATIN_DEVICE T constant(T, double value) {
  return static_cast<T>(value);
}
template <Number T>
KERATIN_DEVICE T select(bool condition, T a, T b) {
  return condition ? a : b;
}
template <Number T>
KERATIN_DEVICE T maximum(T a, T b) {
  if constexpr (Real<T>)
    return (std::isnan(a) || a > b) ? a : b;  // NaN wins, as in numpy
  else
    return a > b ? a : b;
}
template <Number T>
KERATIN_DEVICE T minimum(T a, T b) {
  if constexpr (Real<T>)
    return (std::isnan(a) || a < b) ? a : b;
  else
    return a < b ? a : b;
}
template <Number T>
KERATIN_DEVICE T abs(T a) {
  if constexpr (std::is_unsigned_v<T>)
    return a;
  else if constexpr (Real<T>)
    return std::fabs(a);
  else
    return a < 0 ? static_cast<T>(-a) : a;
}
template <Number T>
KERATIN_DEVICE T sign(T a) {
  return a > T(0) ? T(1) : a < T(0) ? T(-1) : a;
}
template <Real T>
KERATIN_DEVICE T exp(T a) {
  return std::exp(a);
}
template <Real T>
KERATIN_DEVICE T expm1(T a) {
  return std::expm1(a);
}
template <Real T>
KERATIN_DEVICE T log(T a) {
  return std::log(a);
}
template <Real T>
KERATIN_DEVICE T log1p(T a) {
  return std::log1p(a);
}
template <Real T>
KERATIN_DEVICE T sqrt(T a) {
  return std::sqrt(a);
}
template <Real T>
KERATIN_DEVICE T rsqrt(T a) {
  return T(1) / std::sqrt(a);
}
template <Real T>
KERATIN_DEVICE T sin(T a) {
  return std::sin(a);
}
template <Real T>
KERATIN_DEVICE T cos(T a) {
  return std::cos(a);
}
template <Real T>
KERATIN_DEVICE T tan(T a) {
  return std::tan(a);
}
template <Real T>
KERATIN_DEVICE T asin(T a) {
  return std::asin(a);
}
template <Real T>
KERATIN_DEVICE T acos(T a) {
  return std::acos(a);
}
template <Real T>
KERATIN_DEVICE T atan(T a) {
  return std::atan(a);
}
template <Real T>
KERATIN_DEVICE T sinh(T a) {
  return std::sinh(a);
}
template <Real T>
KERATIN_DEVICE T cosh(T a) {
  return std::cosh(a);
}
template <Real T>
KERATIN_DEVICE T tanh(T a) {
  return std::tanh(a);
}
template <Real T>
KERATIN_DEVICE T logistic(T a) {
  return T(1) / (T(1) + std::exp(-a));
}
template <Real T>
KERATIN_DEVICE T asinh(T a) {
  return std::asinh(a);
}
template <Real T>
KERATIN_DEVICE T acosh(T a) {
  return std::acosh(a);
}
template <Real T>
KERATIN_DEVICE T atanh(T a) {
  return std::atanh(a);
}
template <Real T>
KERATIN_DEVICE T atan2(T a, T b) {
  return std::atan2(a, b);
}
template <Real T>
KERATIN_DEVICE T erf(T a) {
  return std::erf(a);
}
template <Real T>
KERATIN_DEVICE T floor(T a) {
  return std::floor(a);
}
template <Real T>
KERATIN_DEVICE T ceil(T a) {
  return std::ceil(a);
}
template <Real T>
KERATIN_DEVICE T trunc(T a) {
  return std::trunc(a);
}
template <Real T>
KERATIN_DEVICE T round(T a) {
  return std::nearbyint(a);
}  // half to even
template <Number T>
KERATIN_DEVICE T power(T a, T b) {
  if constexpr (Real<T>) {
    return std::pow(a, b);
  } else {
    T result = 1;
    if (b < T(0)) return a == T(1) ? T(1) : T(0);
    for (std::uint64_t n = static_cast<std::uint64_t>(b); n; n >>= 1, a = static_cast<T>(a * a))
      if (n & 1) result = static_cast<T>(result * a);
    return result;
  }
}
template <Number T>
KERATIN_DEVICE T divide(T a, T b) {
  return a / b;
}
// Towards minus infinity; integer division by zero gives 0, as TensorFlow's CPU kernels refuse and XLA
// differs.
template <Number T>
KERATIN_DEVICE T floor_divide(T a, T b) {
  if constexpr (Real<T>) {
    return std::floor(a / b);
  } else {
    if (b == T(0)) return T(0);
    if constexpr (std::is_signed_v<T>)
      if (b == T(-1)) return static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(a));
    const T q = static_cast<T>(a / b);
    return static_cast<T>(q - ((a % b != 0) && ((a < T(0)) != (b < T(0)))));
  }
}
// Result has the sign of b, as Python's %.
template <Number T>
KERATIN_DEVICE T floor_mod(T a, T b) {
  if constexpr (Real<T>) {
    const T r = std::fmod(a, b);
    return r != T(0) && ((r < T(0)) != (b < T(0))) ? r + b : r;
  } else {
    return static_cast<T>(a - floor_divide(a, b) * b);
  }
}
template <Real T>
KERATIN_DEVICE bool is_nan(T a) {
  return std::isnan(a);
}
template <Real T>
KERATIN_DEVICE bool is_inf(T a) {
  return std::isinf(a);
}
template <Real T>
KERATIN_DEVICE bool is_finite(T a) {
  return std::isfinite(a);
}
template <Number T>
KERATIN_DEVICE bool equal(T a, T b) {
  return a == b;
}
template <Number T>
KERATIN_DEVICE bool not_equal(T a, T b) {
  return a != b;
}
template <Number T>
KERATIN_DEVICE bool less(T a, T b) {
  return a < b;
}
template <Number T>
KERATIN_DEVICE bool less_equal(T a, T b) {
  return a <= b;
}
template <Number T>
KERATIN_DEVICE bool greater(T a, T b) {
  return a > b;
}
template <Number T>
KERATIN_DEVICE bool greater_equal(T a, T b) {
  return a >= b;
}
KERATIN_DEVICE inline bool logical_and(bool a, bool b) { return a && b; }
KERATIN_DEVICE inline bool logical_or(bool a, bool b) { return a || b; }
KERATIN_DEVICE inline bool logical_not(bool a) { return !a; }

}  // namespace keratin::m
