// The kernels of rows.h, compiled once per instruction set.
#include <cmath>

#include "kernels/reduce/rows.h"
#include "kernels/simd/isa.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/reduce/rows_simd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/math/pack.h"
#include "kernels/simd/partial.h"

HWY_BEFORE_NAMESPACE();
namespace keratin::rows::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
namespace pk = pack::HWY_NAMESPACE;
namespace sp = simd::HWY_NAMESPACE;
using sp::D;
using sp::lanes;
using sp::V;
constexpr D d;

struct Sum {
  static constexpr float start = 0;
  static HWY_INLINE V join(V a, V b) { return hn::Add(a, b); }
  static float join(float a, float b) { return a + b; }
};
struct Max {
  static constexpr float start = -HUGE_VALF;
  static HWY_INLINE V join(V a, V b) { return pk::maximum(a, b); }
  static float join(float a, float b) { return a != a || a > b ? a : b; }
};
struct Min {
  static constexpr float start = HUGE_VALF;
  static HWY_INLINE V join(V a, V b) { return pk::minimum(a, b); }
  static float join(float a, float b) { return a != a || a < b ? a : b; }
};

template <class F>
HWY_INLINE float across(V v) {
  alignas(64) float all[lanes];
  hn::Store(v, d, all);
  for (int n = lanes / 2; n > 0; n /= 2)
    for (int i = 0; i < n; ++i) all[i] = F::join(all[i], all[i + n]);
  return all[0];
}

// Vectors through map, joined by F in four chains; what is left over of a vector is filled with neutral.
template <class F, class Map>
HWY_INLINE float fold(std::int64_t n, const Map& map) {
  V a = hn::Set(d, F::start), b = a, c = a, e = a;
  std::int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    a = F::join(a, map(i));
    b = F::join(b, map(i + lanes));
    c = F::join(c, map(i + 2 * lanes));
    e = F::join(e, map(i + 3 * lanes));
  }
  for (; i + lanes <= n; i += lanes) a = F::join(a, map(i));
  float result = across<F>(F::join(F::join(a, b), F::join(c, e)));
  if (i < n) {
    alignas(64) float rest[lanes];
    hn::Store(map.part(i, n - i), d, rest);
    for (std::int64_t k = 0; k < n - i; ++k) result = F::join(result, rest[k]);
  }
  return result;
}

struct Plain {
  const float* x;
  HWY_INLINE V operator()(std::int64_t i) const { return hn::LoadU(d, x + i); }
  HWY_INLINE V part(std::int64_t i, std::int64_t rest) const { return sp::load_part(x + i, rest); }
};
struct SquaredDistance {
  const float* x;
  V centre;
  HWY_INLINE V square(V v) const {
    const V apart = hn::Sub(v, centre);
    return hn::Mul(apart, apart);
  }
  HWY_INLINE V operator()(std::int64_t i) const { return square(hn::LoadU(d, x + i)); }
  HWY_INLINE V part(std::int64_t i, std::int64_t rest) const { return square(sp::load_part(x + i, rest)); }
};
// Stores e^(x - top) on its way.
template <bool stores>
struct Exponential {
  const float* x;
  float* y;
  V top;
  HWY_INLINE V operator()(std::int64_t i) const {
    const V v = pk::exp(hn::Sub(hn::LoadU(d, x + i), top));
    if constexpr (stores) hn::StoreU(v, d, y + i);
    return v;
  }
  HWY_INLINE V part(std::int64_t i, std::int64_t rest) const {
    const V v = pk::exp(hn::Sub(sp::load_part(x + i, rest), top));
    if constexpr (stores) sp::store_part(v, y + i, rest);
    return v;
  }
};

template <class F>
float reduce(const float* x, std::int64_t n) {
  return fold<F>(n, Plain{x});
}

// y = map(i, load of part or whole)
template <class Map>
HWY_INLINE void transform(std::int64_t n, float* y, const Map& map) {
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(map.template at<false>(i, 0), d, y + i);
  if (i < n) sp::store_part(map.template at<true>(i, n - i), y + i, n - i);
}

struct Scaled {
  const float* x;
  V factor;
  template <bool partial>
  HWY_INLINE V at(std::int64_t i, std::int64_t rest) const {
    return hn::Mul(sp::load<partial>(x + i, rest), factor);
  }
};
struct Divided {
  const float* x;
  V divisor;
  template <bool partial>
  HWY_INLINE V at(std::int64_t i, std::int64_t rest) const {
    return hn::Div(sp::load<partial>(x + i, rest), divisor);
  }
};
struct Shifted {
  const float* x;
  V first, second;
  template <bool partial>
  HWY_INLINE V at(std::int64_t i, std::int64_t rest) const {
    return hn::Sub(hn::Sub(sp::load<partial>(x + i, rest), first), second);
  }
};
template <bool centred>
struct Normed {
  const float *x, *gamma, *beta;
  V mean, factor;
  template <bool partial>
  HWY_INLINE V at(std::int64_t i, std::int64_t rest) const {
    const V g = sp::load<partial>(gamma + i, rest), v = sp::load<partial>(x + i, rest);
    if constexpr (centred)
      return hn::MulAdd(hn::Mul(hn::Sub(v, mean), factor), g, sp::load<partial>(beta + i, rest));
    else
      return hn::Mul(hn::Mul(v, factor), g);
  }
};

void scale(float* y, std::int64_t n, float divisor) { transform(n, y, Divided{y, hn::Set(d, divisor)}); }

void softmax(const float* x, std::int64_t n, float* y) {
  const V top = hn::Set(d, reduce<Max>(x, n));
  const float sum = fold<Sum>(n, Exponential<true>{x, y, top});
  transform(n, y, Scaled{y, hn::Set(d, 1 / sum)});
}

void log_softmax(const float* x, std::int64_t n, float* y) {
  const V top = hn::Set(d, reduce<Max>(x, n));
  const float sum = fold<Sum>(n, Exponential<false>{x, nullptr, top});
  transform(n, y, Shifted{x, top, hn::Set(d, std::log(sum))});
}

void layer_norm(const float* x, const float* gamma, const float* beta, std::int64_t n, float epsilon,
                float* y) {
  const auto count = static_cast<float>(n);
  const V mean = hn::Set(d, reduce<Sum>(x, n) / count);
  const float variance = fold<Sum>(n, SquaredDistance{x, mean}) / count;
  transform(n, y, Normed<true>{x, gamma, beta, mean, hn::Set(d, 1 / std::sqrt(variance + epsilon))});
}

void rms_norm(const float* x, const float* gamma, std::int64_t n, float epsilon, float* y) {
  const float square = fold<Sum>(n, SquaredDistance{x, hn::Zero(d)}) / static_cast<float>(n);
  transform(n, y, Normed<false>{x, gamma, nullptr, hn::Zero(d), hn::Set(d, 1 / std::sqrt(square + epsilon))});
}

template <class F, int vectors, bool partial>
HWY_INLINE void columns_at(const float* const* rows, std::int64_t count, std::int64_t at, std::int64_t rest,
                           bool first, float* y) {
  V sum[vectors];
  HWY_UNROLL(4)
  for (int v = 0; v < vectors; ++v) sum[v] = hn::Set(d, F::start);
  for (std::int64_t r = 0; r < count; ++r) {
    HWY_UNROLL(4)
    for (int v = 0; v < vectors; ++v)
      sum[v] = F::join(sum[v], sp::load<partial>(rows[r] + at + v * lanes, rest));
  }
  HWY_UNROLL(4)
  for (int v = 0; v < vectors; ++v) {
    float* to = y + at + v * lanes;
    if (!first) sum[v] = F::join(sp::load<partial>(to, rest), sum[v]);
    sp::store<partial>(sum[v], to, rest);
  }
}

template <class F>
void columns(const float* const* rows, std::int64_t count, std::int64_t n, bool first, float* y) {
  std::int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) columns_at<F, 4, false>(rows, count, i, 0, first, y);
  for (; i + lanes <= n; i += lanes) columns_at<F, 1, false>(rows, count, i, 0, first, y);
  if (i < n) columns_at<F, 1, true>(rows, count, i, n - i, first, y);
}

Kernels make_kernels() {
  return {{reduce<Sum>, reduce<Max>, reduce<Min>},
          {columns<Sum>, columns<Max>, columns<Min>},
          scale,
          softmax,
          log_softmax,
          layer_norm,
          rms_norm};
}

}  // namespace keratin::rows::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace keratin::rows {

const Kernels& kernels() {
  static const Kernels made = simd::choose(KERATIN_BY_ISA(make_kernels))();
  return made;
}

}  // namespace keratin::rows
#endif
