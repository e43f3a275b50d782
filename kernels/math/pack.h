// The maths vocabulary on vectors of floats, compiled once per instruction set: no header guard of the usual
// kind, only files that include foreach_target.h include it. Within a few ulp of the C library.
#if defined(KERATIN_KERNELS_MATH_PACK_H) == defined(HWY_TARGET_TOGGLE)
#ifdef KERATIN_KERNELS_MATH_PACK_H
#undef KERATIN_KERNELS_MATH_PACK_H
#else
#define KERATIN_KERNELS_MATH_PACK_H
#endif

#include <hwy/highway.h>

#include "kernels/simd/partial.h"

HWY_BEFORE_NAMESPACE();
namespace keratin::pack::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using simd::HWY_NAMESPACE::clamped;
using simd::HWY_NAMESPACE::D;
using simd::HWY_NAMESPACE::V;

HWY_INLINE V number(float value) { return hn::Set(D(), value); }

// c0 + c1 x + c2 x² + …
template <class... C>
HWY_INLINE V polynomial(V x, float c, C... more) {
  if constexpr (sizeof...(more) == 0)
    return number(c);
  else
    return hn::MulAdd(polynomial(x, more...), x, number(c));
}

// NaN wins, as in numpy.
HWY_INLINE V maximum(V a, V b) { return hn::IfThenElse(hn::Or(hn::IsNaN(a), hn::Gt(a, b)), a, b); }
HWY_INLINE V minimum(V a, V b) { return hn::IfThenElse(hn::Or(hn::IsNaN(a), hn::Lt(a, b)), a, b); }

// 2^n for integers n that a normal float can hold.
HWY_INLINE V power_of_two(hn::VFromD<hn::RebindToSigned<D>> n) {
  const hn::RebindToSigned<D> di;
  return hn::BitCast(D(), hn::ShiftLeft<23>(hn::Add(n, hn::Set(di, 127))));
}

// e^r for |r| <= ln 2 / 2.
HWY_INLINE V exp_near_zero(V r) {
  const V tail = polynomial(r, 5.0000000953e-01f, 1.6666518670e-01f, 4.1666205481e-02f, 8.3689094291e-03f,
                            1.3950511566e-03f);
  return hn::Add(hn::MulAdd(hn::Mul(r, r), tail, r), number(1.0f));
}

// p 2^n, in two factors, so that results go down to denormals.
HWY_INLINE V scaled(V p, V n) {
#if HWY_TARGET == HWY_AVX3
  return V{_mm512_scalef_ps(p.raw, n.raw)};
#else
  const hn::RebindToSigned<D> di;
  const auto whole = hn::ConvertTo(di, n), half = hn::ShiftRight<1>(whole);
  return hn::Mul(hn::Mul(p, power_of_two(half)), power_of_two(hn::Sub(whole, half)));
#endif
}

// x = n ln 2 + r
HWY_INLINE V exp(V x) {
  x = clamped(x, number(-104.0f), number(89.0f));
  const V n = hn::Round(hn::Mul(x, number(1.44269504f)));
  V r = hn::NegMulAdd(n, number(0.693359375f), x);
  r = hn::NegMulAdd(n, number(-2.12194440e-4f), r);
  return scaled(exp_near_zero(r), n);
}

HWY_INLINE V expm1(V x) {
  const V tail = polynomial(x, 4.9999999994e-01f, 1.6666667561e-01f, 4.1666669601e-02f, 8.3331248297e-03f,
                            1.3888515054e-03f, 1.9979402996e-04f, 2.4977054827e-05f);
  const V small = hn::MulAdd(hn::Mul(x, x), tail, x);
  return hn::IfThenElse(hn::Lt(hn::Abs(x), number(0.5f)), small, hn::Sub(exp(x), number(1.0f)));
}

// x = 2^e m with m around 1; log m = 2 atanh((m - 1) / (m + 1)).
HWY_INLINE V log(V x) {
  const hn::RebindToSigned<D> di;
  const auto tiny = hn::Lt(x, number(1.17549435e-38f));
  const V normal = hn::IfThenElse(tiny, hn::Mul(x, number(8388608.0f)), x);
  const auto bits = hn::BitCast(di, normal);
  // the exponent counted so that m lies in [1/√2, √2)
  const auto e = hn::ShiftRight<23>(hn::Sub(bits, hn::Set(di, 0x3f3504f3)));
  const V m = hn::BitCast(D(), hn::Sub(bits, hn::ShiftLeft<23>(e)));
  const V power = hn::Sub(hn::ConvertTo(D(), e), hn::IfThenElseZero(tiny, number(23.0f)));
  const V f = hn::Sub(m, number(1.0f));
  const V s = hn::Div(f, hn::Add(f, number(2.0f)));
  const V z = hn::Mul(s, s);
  const V g =
      hn::Mul(z, polynomial(z, 6.6666665622e-01f, 4.0000340923e-01f, 2.8536918347e-01f, 2.3590006810e-01f));
  // log m = f - s (f - g), which keeps f exact
  V y = hn::Sub(f, hn::NegMulAdd(power, number(-2.12194440e-4f), hn::Mul(s, hn::Sub(f, g))));
  y = hn::MulAdd(power, number(0.693359375f), y);
  y = hn::IfThenElse(hn::Eq(x, number(HUGE_VALF)), x, y);
  y = hn::IfThenElse(hn::Eq(x, number(0.0f)), number(-HUGE_VALF), y);
  const V nan = hn::Sub(number(HUGE_VALF), number(HUGE_VALF));
  return hn::IfThenElse(hn::Or(hn::Lt(x, number(0.0f)), hn::IsNaN(x)), nan, y);
}

// log u corrected by what rounding 1 + x lost.
HWY_INLINE V log1p(V x) {
  const V u = hn::Add(x, number(1.0f));
  const V lost = hn::Sub(x, hn::Sub(u, number(1.0f)));
  const V y = hn::Add(log(u), hn::Div(lost, u));
  // nothing is lost of infinity; tiny x is its own logarithm
  return hn::IfThenElse(hn::Or(hn::Eq(u, number(HUGE_VALF)), hn::Eq(u, number(0.0f))), log(u),
                        hn::IfThenElse(hn::Eq(u, number(1.0f)), x, y));
}

// 1 / x within an ulp for normal x, 1 / x normal.
HWY_INLINE V reciprocal(V x) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2
  const V r = hn::ApproximateReciprocal(x);
  return hn::Mul(r, hn::NegMulAdd(x, r, number(2.0f)));
#else
  return hn::Div(number(1.0f), x);
#endif
}

HWY_INLINE V tanh(V x) {
  const V a = hn::Abs(x), z = hn::Mul(x, x);
  const V tail = polynomial(z, -3.3333330571e-01f, 1.3333195891e-01f, -5.3945376237e-02f, 2.1692596624e-02f,
                            -8.1562573308e-03f, 2.1227266147e-03f);
  const V small = hn::MulAdd(hn::Mul(x, z), tail, x);
  // e^2a = e^(n ln 2 + r), n ln 2 in one piece: what it lacks is lost beside the 1
  const V t = clamped(hn::Add(a, a), number(0.0f), number(40.0f)),
          n = hn::Round(hn::Mul(t, number(1.44269504f)));
  const V e = scaled(exp_near_zero(hn::NegMulAdd(n, number(0.693147181f), t)), n);
  const V large = hn::NegMulAdd(number(2.0f), reciprocal(hn::Add(e, number(1.0f))), number(1.0f));
  return hn::IfThenElse(hn::Lt(a, number(0.62f)), small, hn::CopySign(large, x));
}

// 1 / (1 + e^-x); 0 where it would be less than a normal number. -x = n ln 2 + r, n ln 2 in one piece: what
// it lacks is 2 ulp of the result at most.
HWY_INLINE V logistic(V x) {
  const V t = clamped(x, number(-87.0f), number(87.0f)), n = hn::Round(hn::Mul(t, number(-1.44269504f)));
  const V e = scaled(exp_near_zero(hn::NegMulSub(n, number(0.693147181f), t)), n);
  return hn::IfThenZeroElse(hn::Lt(x, number(-87.0f)), reciprocal(hn::Add(e, number(1.0f))));
}

HWY_INLINE V erf(V x) {
  const V z = hn::Mul(x, x);
  V a = hn::Abs(x);
  const auto is_small = hn::Lt(a, number(1.0f));
  const V small =
      hn::Mul(x, polynomial(z, 1.1283791659e+00f, -3.7612627135e-01f, 1.1283600169e-01f, -2.6854444279e-02f,
                            5.1895347344e-03f, -8.0208358863e-04f, 7.8891015092e-05f));
  a = hn::IfThenElse(hn::Gt(a, number(4.0f)), number(4.0f), a);
  // log erfc
  const V l = polynomial(a, 1.8805282180e-04f, -1.1295784814e+00f, -6.3321978425e-01f, -1.0841869030e-01f,
                         2.5208325653e-02f, -4.2045865749e-03f, 4.4134119195e-04f, -2.1687243613e-05f);
  return hn::IfThenElse(is_small, small, hn::CopySign(hn::Sub(number(1.0f), exp(l)), x));
}

}  // namespace keratin::pack::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
