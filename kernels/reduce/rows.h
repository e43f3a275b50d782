// Whole rows of floats at once: reductions, softmax, norms; and several rows into one, column by column.
// Used by reduce, pool, softmax and norm.
#pragma once

#include <cstdint>

namespace keratin::rows {

enum class Join { sum, max, min };
constexpr int joins = 3;

struct Kernels {
  // One row to one number, by several sums in a fixed order. NaN wins in max and min.
  float (*reduce[joins])(const float* x, std::int64_t n);
  // y[j] = the rows' column j joined (first), or joined to what y holds. No rows: 0 or an infinity.
  void (*columns[joins])(const float* const* rows, std::int64_t count, std::int64_t n, bool first, float* y);
  void (*scale)(float* y, std::int64_t n, float divisor);  // y /= divisor
  void (*softmax)(const float* x, std::int64_t n, float* y);
  void (*log_softmax)(const float* x, std::int64_t n, float* y);
  void (*layer_norm)(const float* x, const float* gamma, const float* beta, std::int64_t n, float epsilon,
                     float* y);
  void (*rms_norm)(const float* x, const float* gamma, std::int64_t n, float epsilon, float* y);
};
// Those of the machine (simd::isa).
const Kernels& kernels();

}  // namespace keratin::rows
