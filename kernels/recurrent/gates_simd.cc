// The rows of gates.h, compiled once per instruction set.
#include <cmath>

#include "kernels/recurrent/gates.h"
#include "kernels/simd/isa.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/recurrent/gates_simd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/math/pack.h"
#include "kernels/simd/partial.h"

HWY_BEFORE_NAMESPACE();
namespace keratin::recurrent::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
namespace pk = pack::HWY_NAMESPACE;
using simd::HWY_NAMESPACE::lanes;
using simd::HWY_NAMESPACE::load;
using simd::HWY_NAMESPACE::store;
using simd::HWY_NAMESPACE::V;

template <bool partial>
HWY_INLINE void lstm_at(const float* z, const float* c, std::int64_t units, float* c_out, float* h,
                        std::int64_t rest) {
  const V i = pk::logistic(load<partial>(z, rest)), f = pk::logistic(load<partial>(z + units, rest)),
          g = pk::tanh(load<partial>(z + 2 * units, rest)),
          o = pk::logistic(load<partial>(z + 3 * units, rest));
  const V next = hn::MulAdd(f, load<partial>(c, rest), hn::Mul(i, g));
  store<partial>(next, c_out, rest);
  store<partial>(hn::Mul(o, pk::tanh(next)), h, rest);
}

void lstm(const float* z, const float* c, std::int64_t units, float* c_out, float* h) {
  std::int64_t i = 0;
  for (; i + lanes <= units; i += lanes) lstm_at<false>(z + i, c + i, units, c_out + i, h + i, 0);
  if (i < units) lstm_at<true>(z + i, c + i, units, c_out + i, h + i, units - i);
}

template <bool partial>
HWY_INLINE void gru_at(const float* x, const float* inner, const float* h, std::int64_t units, float* h_out,
                       std::int64_t rest) {
  auto both = [&](std::int64_t gate) {
    return hn::Add(load<partial>(x + gate * units, rest), load<partial>(inner + gate * units, rest));
  };
  const V update = pk::logistic(both(0)), reset = pk::logistic(both(1));
  const V candidate =
      pk::tanh(hn::MulAdd(reset, load<partial>(inner + 2 * units, rest), load<partial>(x + 2 * units, rest)));
  const V old = load<partial>(h, rest);
  store<partial>(hn::MulAdd(update, hn::Sub(old, candidate), candidate), h_out, rest);
}

void gru(const float* x, const float* inner, const float* h, std::int64_t units, float* h_out) {
  std::int64_t i = 0;
  for (; i + lanes <= units; i += lanes) gru_at<false>(x + i, inner + i, h + i, units, h_out + i, 0);
  if (i < units) gru_at<true>(x + i, inner + i, h + i, units, h_out + i, units - i);
}

Kernels make_kernels() { return {lstm, gru}; }

}  // namespace keratin::recurrent::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace keratin::recurrent {

const Kernels& kernels() {
  static const Kernels made = simd::choose(KERATIN_BY_ISA(make_kernels))();
  return made;
}

}  // namespace keratin::recurrent
#endif
