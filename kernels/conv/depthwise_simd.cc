// The tiles of depthwise.h, compiled once per instruction set.
#include "kernels/conv/depthwise.h"
#include "kernels/simd/isa.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/conv/depthwise_simd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/simd/partial.h"

HWY_BEFORE_NAMESPACE();
namespace keratin::conv::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
namespace sp = simd::HWY_NAMESPACE;
using sp::D;
using sp::lanes;
using sp::V;
constexpr D d;

template <int width, bool partial>
HWY_INLINE void finish(V (&sum)[width], const DepthwiseTile& t, std::int64_t channel, std::int64_t rest) {
  const gemm::Epilogue& e = t.epilogue;
  if (e.scale || e.shift) {
    V scale = hn::Set(d, 1.0f), shift = hn::Zero(d);
    if (e.scale) scale = sp::load<partial>(e.scale + channel, rest);
    if (e.shift) shift = sp::load<partial>(e.shift + channel, rest);
    HWY_UNROLL(4)
    for (int u = 0; u < width; ++u) sum[u] = hn::MulAdd(sum[u], scale, shift);
  }
  HWY_UNROLL(4)
  for (int u = 0; u < width; ++u) {
    if (e.add) sum[u] = hn::Add(sum[u], sp::load<partial>(e.add + u * t.channels + channel, rest));
    if (e.clamp) sum[u] = sp::clamped(sum[u], hn::Set(d, e.low), hn::Set(d, e.high));
    sp::store<partial>(sum[u], t.y + u * t.channels + channel, rest);
  }
}

// width results, each pixel of x loaded once.
template <int taps, int stride, int width, bool partial>
HWY_INLINE void columns_of(const DepthwiseTile& t, std::int64_t channel, std::int64_t rest) {
  V sum[width];
  HWY_UNROLL(4)
  for (int u = 0; u < width; ++u) sum[u] = hn::Zero(d);
  for (std::int64_t r = 0; r < t.window_rows; ++r) {
    const float *x = t.x[r] + channel, *w = t.w[r] + channel;
    V wv[taps];
    HWY_UNROLL(7)
    for (int k = 0; k < taps; ++k) wv[k] = sp::load<partial>(w + k * t.channels, rest);
    HWY_UNROLL(13)
    for (int j = 0; j < (width - 1) * stride + taps; ++j) {
      const V xv = sp::load<partial>(x + j * t.channels, rest);
      HWY_UNROLL(4)
      for (int u = 0; u < width; ++u) {
        const int k = j - u * stride;
        if (k >= 0 && k < taps) sum[u] = hn::MulAdd(xv, wv[k], sum[u]);
      }
    }
  }
  finish<width, partial>(sum, t, channel, rest);
}

template <int taps, int stride, int width>
void columns(const DepthwiseTile& t) {
  std::int64_t channel = 0;
  for (; channel + lanes <= t.channels; channel += lanes)
    columns_of<taps, stride, width, false>(t, channel, 0);
  if (channel < t.channels) columns_of<taps, stride, width, true>(t, channel, t.channels - channel);
}

template <bool partial>
HWY_INLINE void pixel_of(const DepthwiseTile& t, std::int64_t channel, std::int64_t rest) {
  V sum[1] = {hn::Zero(d)};
  for (std::int64_t r = 0; r < t.window_rows; ++r)
    for (std::int64_t k = 0; k < t.taps; ++k)
      sum[0] = hn::MulAdd(sp::load<partial>(t.x[r] + k * t.dilation * t.channels + channel, rest),
                          sp::load<partial>(t.w[r] + k * t.channels + channel, rest), sum[0]);
  finish<1, partial>(sum, t, channel, rest);
}

void pixel(const DepthwiseTile& t) {
  std::int64_t channel = 0;
  for (; channel + lanes <= t.channels; channel += lanes) pixel_of<false>(t, channel, 0);
  if (channel < t.channels) pixel_of<true>(t, channel, t.channels - channel);
}

template <int taps>
void enter(DepthwiseKernels& kernels) {
  kernels.columns[taps][1] = {columns<taps, 1, 4>, columns<taps, 1, 2>, columns<taps, 1, 1>};
  kernels.columns[taps][2] = {columns<taps, 2, 4>, columns<taps, 2, 2>, columns<taps, 2, 1>};
}

DepthwiseKernels make_kernels() {
  DepthwiseKernels kernels{};
  enter<3>(kernels);
  enter<5>(kernels);
  enter<7>(kernels);
  kernels.pixel = pixel;
  return kernels;
}

}  // namespace keratin::conv::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace keratin::conv {

const DepthwiseKernels& depthwise_kernels() {
  static const DepthwiseKernels made = simd::choose(KERATIN_BY_ISA(make_kernels))();
  return made;
}

}  // namespace keratin::conv
#endif
