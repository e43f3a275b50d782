// Philox4x32-10 (Salmon et al. 2011) and TensorFlow's way from its words to numbers: the same stream on
// every device. Group g of a tensor's elements comes from the counter increased by g.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "runtime/core/half.h"

namespace keratin::random {

using Words = std::array<std::uint32_t, 4>;
struct Key {
  std::uint32_t low, high;
};

inline Words philox(Words counter, Key key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key.low, static_cast<std::uint32_t>(b),
               static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key.high, static_cast<std::uint32_t>(a)};
    key.low += 0x9E3779B9;
    key.high += 0xBB67AE85;
  }
  return counter;
}

// A key and a 128-bit counter, as the two tensors that stateless random ops take.
struct Stream {
  std::uint64_t key, counter_low, counter_high;

  Words words(std::uint64_t group) const {
    const std::uint64_t low = counter_low + group, high = counter_high + (low < group);
    return philox({static_cast<std::uint32_t>(low), static_cast<std::uint32_t>(low >> 32),
                   static_cast<std::uint32_t>(high), static_cast<std::uint32_t>(high >> 32)},
                  {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)});
  }
};

// Random mantissas under the exponent of [1, 2), less 1.
inline float unit_float(std::uint32_t word) {
  return std::bit_cast<float>((word & 0x7fffffu) | 0x3f800000u) - 1.0f;
}
inline double unit_double(std::uint32_t high, std::uint32_t low) {
  const std::uint64_t mantissa = (std::uint64_t{high & 0xfffffu} << 32) | low;
  return std::bit_cast<double>(mantissa | (std::uint64_t{1023} << 52)) - 1.0;
}

// Box and Muller: two normal numbers from two uniform ones.
template <class T>
std::array<T, 2> normal_pair(T radius, T angle) {
  const T r = std::sqrt(T(-2) * std::log(radius < T(1.0e-7) ? T(1.0e-7) : radius));
  const T v = T(2 * 3.14159265358979323846) * angle;
  return {std::sin(v) * r, std::cos(v) * r};
}

// A distribution turns four words into `size` elements of T.
template <class T>
struct Bits {
  static constexpr int size = 16 / sizeof(T);
  static std::array<T, size> of(const Words& w) {
    if constexpr (size == 4)
      return {static_cast<T>(w[0]), static_cast<T>(w[1]), static_cast<T>(w[2]), static_cast<T>(w[3])};
    else
      return {static_cast<T>(std::uint64_t{w[0]} | std::uint64_t{w[1]} << 32),
              static_cast<T>(std::uint64_t{w[2]} | std::uint64_t{w[3]} << 32)};
  }
};

template <class T>
struct Uniform {
  static constexpr int size = 4;
  static T one(std::uint32_t word) {
    T value;
    if constexpr (std::is_same_v<T, float>) {
      return unit_float(word);
    } else if constexpr (std::is_same_v<T, Half>) {
      value.bits = static_cast<std::uint16_t>((word & 0x3ffu) | 0x3c00u);
    } else {
      value.bits = static_cast<std::uint16_t>((word & 0x7fu) | 0x3f80u);
    }
    if constexpr (!std::is_same_v<T, float>) return T(static_cast<float>(value) - 1.0f);
  }
  static std::array<T, size> of(const Words& w) { return {one(w[0]), one(w[1]), one(w[2]), one(w[3])}; }
};
template <>
struct Uniform<double> {
  static constexpr int size = 2;
  static std::array<double, size> of(const Words& w) {
    return {unit_double(w[0], w[1]), unit_double(w[2], w[3])};
  }
};

template <class T>
struct Normal {
  static constexpr int size = 4;
  static std::array<T, size> of(const Words& w) {
    const auto a = normal_pair(unit_float(w[0]), unit_float(w[1]));
    const auto b = normal_pair(unit_float(w[2]), unit_float(w[3]));
    return {T(a[0]), T(a[1]), T(b[0]), T(b[1])};
  }
};
template <>
struct Normal<double> {
  static constexpr int size = 2;
  static std::array<double, size> of(const Words& w) {
    return normal_pair(unit_double(w[0], w[1]), unit_double(w[2], w[3]));
  }
};

// Elements of the groups [begin, end) of a tensor of count elements.
template <class Distribution, class T>
void fill(const Stream& stream, std::int64_t begin, std::int64_t end, std::int64_t count, T* y) {
  for (std::int64_t group = begin; group < end; ++group) {
    const auto values = Distribution::of(stream.words(static_cast<std::uint64_t>(group)));
    for (std::int64_t i = group * Distribution::size, k = 0; k < Distribution::size && i < count; ++i, ++k)
      y[i] = values[static_cast<std::size_t>(k)];
  }
}

}  // namespace keratin::random
