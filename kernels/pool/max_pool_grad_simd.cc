// The windows of max_pool_grad.h, compiled once per instruction set.
#include "kernels/pool/max_pool_grad.h"
#include "kernels/simd/isa.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pool/max_pool_grad_simd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/simd/partial.h"

HWY_BEFORE_NAMESPACE();
namespace keratin::pool::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using simd::HWY_NAMESPACE::D;
using simd::HWY_NAMESPACE::lanes;
using simd::HWY_NAMESPACE::load;
using simd::HWY_NAMESPACE::store;
using simd::HWY_NAMESPACE::V;
constexpr D d;

// One vector of channels, or what is left of one. Places are counted in floats.
template <bool partial>
HWY_INLINE void window_at(const GradWindow& w, std::int64_t at, std::int64_t rest) {
  V top = load<partial>(w.x + w.pixels[0] + at, rest), place = hn::Zero(d);
  for (std::int64_t k = 1; k < w.count; ++k) {
    const V x = load<partial>(w.x + w.pixels[k] + at, rest);
    const auto more = hn::Gt(x, top);
    top = hn::IfThenElse(more, x, top);
    place = hn::IfThenElse(more, hn::Set(d, static_cast<float>(k)), place);
  }
  const V dy = load<partial>(w.dy + at, rest);
  for (std::int64_t k = 0; k < w.count; ++k) {
    V gradient = hn::IfThenElseZero(hn::Eq(place, hn::Set(d, static_cast<float>(k))), dy);
    float* dx = w.dx + w.pixels[k] + at;
    if (w.adds) gradient = hn::Add(load<partial>(dx, rest), gradient);
    store<partial>(gradient, dx, rest);
  }
}

void window(const GradWindow& w) {
  std::int64_t i = 0;
  for (; i + lanes <= w.channels; i += lanes) window_at<false>(w, i, 0);
  if (i < w.channels) window_at<true>(w, i, w.channels - i);
}

GradWindowFunction make_window() { return window; }

}  // namespace keratin::pool::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace keratin::pool {

GradWindowFunction grad_window() {
  static const GradWindowFunction made = simd::choose(KERATIN_BY_ISA(make_window))();
  return made;
}

}  // namespace keratin::pool
#endif
