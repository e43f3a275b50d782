// Vectors of floats whole and partial, for the ends of rows. Like pack.h included once per instruction set.
#if defined(KERATIN_KERNELS_SIMD_PARTIAL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef KERATIN_KERNELS_SIMD_PARTIAL_H
#undef KERATIN_KERNELS_SIMD_PARTIAL_H
#else
#define KERATIN_KERNELS_SIMD_PARTIAL_H
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace keratin::simd::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
constexpr int lanes = static_cast<int>(hn::MaxLanes(D()));

// Vectors of fewer lanes: without masks only lanes that exist may be touched. The others are 0.
HWY_INLINE V load_part(const float* from, std::int64_t rest) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2
  return hn::MaskedLoad(hn::FirstN(D(), static_cast<size_t>(rest)), D(), from);
#else
  alignas(64) float part[lanes] = {};
  for (std::int64_t i = 0; i < rest; ++i) part[i] = from[i];
  return hn::Load(D(), part);
#endif
}
HWY_INLINE void store_part(V v, float* to, std::int64_t rest) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2
  hn::BlendedStore(v, hn::FirstN(D(), static_cast<size_t>(rest)), D(), to);
#else
  alignas(64) float part[lanes];
  hn::Store(v, D(), part);
  for (std::int64_t i = 0; i < rest; ++i) to[i] = part[i];
#endif
}

template <bool partial>
HWY_INLINE V load(const float* from, std::int64_t rest) {
  if constexpr (partial)
    return load_part(from, rest);
  else
    return hn::LoadU(D(), from);
}
template <bool partial>
HWY_INLINE void store(V v, float* to, std::int64_t rest) {
  if constexpr (partial)
    store_part(v, to, rest);
  else
    hn::StoreU(v, D(), to);
}

// NaN stays NaN, as in m::maximum: x86's minimum and maximum give their second operand then.
HWY_INLINE V clamped(V v, V low, V high) {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_SSE4
  return hn::Min(high, hn::Max(low, v));
#else
  const V raised = hn::IfThenElse(hn::Lt(v, low), low, v);
  return hn::IfThenElse(hn::Gt(raised, high), high, raised);
#endif
}

}  // namespace keratin::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
