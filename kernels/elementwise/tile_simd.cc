// The instructions of program.h, compiled once per instruction set.
#include <cmath>

#include "kernels/elementwise/program.h"
#include "kernels/simd/isa.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise/tile_simd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/math/pack.h"

HWY_BEFORE_NAMESPACE();
namespace keratin::elementwise::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
namespace pk = pack::HWY_NAMESPACE;
using pk::D;
using pk::V;
using M = hn::Mask<D>;
constexpr std::int64_t lanes = static_cast<std::int64_t>(hn::MaxLanes(D()));

// clang-format off
struct Add { static HWY_INLINE V run(V a, V b, V) { return hn::Add(a, b); } };
struct Subtract { static HWY_INLINE V run(V a, V b, V) { return hn::Sub(a, b); } };
struct Multiply { static HWY_INLINE V run(V a, V b, V) { return hn::Mul(a, b); } };
struct Divide { static HWY_INLINE V run(V a, V b, V) { return hn::Div(a, b); } };
struct Maximum { static HWY_INLINE V run(V a, V b, V) { return pk::maximum(a, b); } };
struct Minimum { static HWY_INLINE V run(V a, V b, V) { return pk::minimum(a, b); } };
struct Negative { static HWY_INLINE V run(V a, V, V) { return hn::Neg(a); } };
struct Abs { static HWY_INLINE V run(V a, V, V) { return hn::Abs(a); } };
struct Sqrt { static HWY_INLINE V run(V a, V, V) { return hn::Sqrt(a); } };
struct Rsqrt { static HWY_INLINE V run(V a, V, V) { return hn::Div(pk::number(1), hn::Sqrt(a)); } };
struct Floor { static HWY_INLINE V run(V a, V, V) { return hn::Floor(a); } };
struct Ceil { static HWY_INLINE V run(V a, V, V) { return hn::Ceil(a); } };
struct Trunc { static HWY_INLINE V run(V a, V, V) { return hn::Trunc(a); } };
struct Round { static HWY_INLINE V run(V a, V, V) { return hn::Round(a); } };
struct Exp { static HWY_INLINE V run(V a, V, V) { return pk::exp(a); } };
struct Expm1 { static HWY_INLINE V run(V a, V, V) { return pk::expm1(a); } };
struct Log { static HWY_INLINE V run(V a, V, V) { return pk::log(a); } };
struct Log1p { static HWY_INLINE V run(V a, V, V) { return pk::log1p(a); } };
struct Tanh { static HWY_INLINE V run(V a, V, V) { return pk::tanh(a); } };
struct Logistic { static HWY_INLINE V run(V a, V, V) { return pk::logistic(a); } };
struct Erf { static HWY_INLINE V run(V a, V, V) { return pk::erf(a); } };
// clang-format on

HWY_INLINE V truth(M m) { return hn::IfThenElseZero(m, pk::number(1)); }
HWY_INLINE M is_true(V a) { return hn::Ne(a, hn::Zero(D())); }

struct Sign {
  static HWY_INLINE V run(V a, V, V) {
    const V zero = hn::Zero(D()), one = pk::number(1);
    return hn::IfThenElse(hn::Gt(a, zero), one, hn::IfThenElse(hn::Lt(a, zero), hn::Neg(one), a));
  }
};
// clang-format off
struct Equal { static HWY_INLINE V run(V a, V b, V) { return truth(hn::Eq(a, b)); } };
struct NotEqual { static HWY_INLINE V run(V a, V b, V) { return truth(hn::Ne(a, b)); } };
struct Less { static HWY_INLINE V run(V a, V b, V) { return truth(hn::Lt(a, b)); } };
struct LessEqual { static HWY_INLINE V run(V a, V b, V) { return truth(hn::Le(a, b)); } };
struct Greater { static HWY_INLINE V run(V a, V b, V) { return truth(hn::Gt(a, b)); } };
struct GreaterEqual { static HWY_INLINE V run(V a, V b, V) { return truth(hn::Ge(a, b)); } };
struct LogicalAnd { static HWY_INLINE V run(V a, V b, V) { return truth(hn::And(is_true(a), is_true(b))); } };
struct LogicalOr { static HWY_INLINE V run(V a, V b, V) { return truth(hn::Or(is_true(a), is_true(b))); } };
struct LogicalNot { static HWY_INLINE V run(V a, V, V) { return truth(hn::Not(is_true(a))); } };
struct Select { static HWY_INLINE V run(V a, V b, V c) { return hn::IfThenElse(is_true(a), b, c); } };
struct IsNan { static HWY_INLINE V run(V a, V, V) { return truth(hn::IsNaN(a)); } };
struct IsInf { static HWY_INLINE V run(V a, V, V) { return truth(hn::Eq(hn::Abs(a), pk::number(HUGE_VALF))); } };
struct IsFinite { static HWY_INLINE V run(V a, V, V) { return truth(hn::Lt(hn::Abs(a), pk::number(HUGE_VALF))); } };

struct Power { static float run(float a, float b) { return std::pow(a, b); } };
struct FloorMod {
  static float run(float a, float b) {
    const float r = std::fmod(a, b);
    return r != 0 && ((r < 0) != (b < 0)) ? r + b : r;
  }
};
struct Atan2 { static float run(float a, float b) { return std::atan2(a, b); } };
struct Sin { static float run(float a, float) { return std::sin(a); } };
struct Cos { static float run(float a, float) { return std::cos(a); } };
struct Tan { static float run(float a, float) { return std::tan(a); } };
struct Asin { static float run(float a, float) { return std::asin(a); } };
struct Acos { static float run(float a, float) { return std::acos(a); } };
struct Atan { static float run(float a, float) { return std::atan(a); } };
struct Sinh { static float run(float a, float) { return std::sinh(a); } };
struct Cosh { static float run(float a, float) { return std::cosh(a); } };
struct Asinh { static float run(float a, float) { return std::asinh(a); } };
struct Acosh { static float run(float a, float) { return std::acosh(a); } };
struct Atanh { static float run(float a, float) { return std::atanh(a); } };
// clang-format on

template <class F, int operands>
void run_tile(const float* a, const float* b, const float* c, float* out, std::int64_t count) {
  const D d;
  for (std::int64_t i = 0; i < count; i += lanes) {
    const V x = hn::LoadU(d, a + i);
    V y = x, z = x;
    if constexpr (operands > 1) y = hn::LoadU(d, b + i);
    if constexpr (operands > 2) z = hn::LoadU(d, c + i);
    hn::StoreU(F::run(x, y, z), d, out + i);
  }
}
template <class F, int operands>
void run_scalars(const float* a, const float* b, const float*, float* out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = F::run(a[i], operands > 1 ? b[i] : 0);
}

void from_bool(const void* from, float* to, std::int64_t count) {
  const auto* bytes = static_cast<const unsigned char*>(from);
  for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(bytes[i]);
}
void to_bool(const float* from, void* to, std::int64_t count) {
  auto* bytes = static_cast<unsigned char*>(to);
  for (std::int64_t i = 0; i < count; ++i) bytes[i] = from[i] != 0;
}

TileKernels make_kernels() {
  TileKernels kernels{};
  kernels.lanes = lanes;
  kernels.from_bool = from_bool;
  kernels.to_bool = to_bool;
  auto set = [&](Code code, TileOp op) { kernels.ops[static_cast<std::size_t>(code)] = op; };
  set(Code::add, run_tile<Add, 2>);
  set(Code::subtract, run_tile<Subtract, 2>);
  set(Code::multiply, run_tile<Multiply, 2>);
  set(Code::divide, run_tile<Divide, 2>);
  set(Code::maximum, run_tile<Maximum, 2>);
  set(Code::minimum, run_tile<Minimum, 2>);
  set(Code::negative, run_tile<Negative, 1>);
  set(Code::abs, run_tile<Abs, 1>);
  set(Code::sign, run_tile<Sign, 1>);
  set(Code::sqrt, run_tile<Sqrt, 1>);
  set(Code::rsqrt, run_tile<Rsqrt, 1>);
  set(Code::floor, run_tile<Floor, 1>);
  set(Code::ceil, run_tile<Ceil, 1>);
  set(Code::trunc, run_tile<Trunc, 1>);
  set(Code::round, run_tile<Round, 1>);
  set(Code::exp, run_tile<Exp, 1>);
  set(Code::expm1, run_tile<Expm1, 1>);
  set(Code::log, run_tile<Log, 1>);
  set(Code::log1p, run_tile<Log1p, 1>);
  set(Code::tanh, run_tile<Tanh, 1>);
  set(Code::logistic, run_tile<Logistic, 1>);
  set(Code::erf, run_tile<Erf, 1>);
  set(Code::equal, run_tile<Equal, 2>);
  set(Code::not_equal, run_tile<NotEqual, 2>);
  set(Code::less, run_tile<Less, 2>);
  set(Code::less_equal, run_tile<LessEqual, 2>);
  set(Code::greater, run_tile<Greater, 2>);
  set(Code::greater_equal, run_tile<GreaterEqual, 2>);
  set(Code::logical_and, run_tile<LogicalAnd, 2>);
  set(Code::logical_or, run_tile<LogicalOr, 2>);
  set(Code::logical_not, run_tile<LogicalNot, 1>);
  set(Code::select, run_tile<Select, 3>);
  set(Code::is_nan, run_tile<IsNan, 1>);
  set(Code::is_inf, run_tile<IsInf, 1>);
  set(Code::is_finite, run_tile<IsFinite, 1>);
  set(Code::power, run_scalars<Power, 2>);
  set(Code::floor_mod, run_scalars<FloorMod, 2>);
  set(Code::atan2, run_scalars<Atan2, 2>);
  set(Code::sin, run_scalars<Sin, 1>);
  set(Code::cos, run_scalars<Cos, 1>);
  set(Code::tan, run_scalars<Tan, 1>);
  set(Code::asin, run_scalars<Asin, 1>);
  set(Code::acos, run_scalars<Acos, 1>);
  set(Code::atan, run_scalars<Atan, 1>);
  set(Code::sinh, run_scalars<Sinh, 1>);
  set(Code::cosh, run_scalars<Cosh, 1>);
  set(Code::asinh, run_scalars<Asinh, 1>);
  set(Code::acosh, run_scalars<Acosh, 1>);
  set(Code::atanh, run_scalars<Atanh, 1>);
  return kernels;
}

}  // namespace keratin::elementwise::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace keratin::elementwise {

const TileKernels& tile_kernels() {
  static const TileKernels made = simd::choose(KERATIN_BY_ISA(make_kernels))();
  return made;
}

}  // namespace keratin::elementwise
#endif
