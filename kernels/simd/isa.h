// Which instruction sets the SIMD files are compiled for and which one runs. Include before any of Highway.
#pragma once

#include <array>
#include <cstddef>

// One file is compiled once per target that is left: AVX-512, AVX2, SSE4 and portable code on x86-64, NEON on
// ARM. Vectors of a size known at compile time only: SVE and RVV are out.
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

namespace keratin::simd {

enum class Isa { avx512, avx2, sse4, neon, scalar };  // widest first

// The widest that this machine has, no wider than KERATIN_CPU_ISA. Found once per process; Highway's own
// search needs its library, which measures the clock when it is loaded (3 ms).
// Throws Error{invalid_argument} for an unknown name there.
Isa isa();
// "avx512", "avx2", "sse4", "neon", "scalar".
const char* isa_name();

// A function compiled for each target, as KERATIN_BY_ISA lists it: the widest that may run.
template <class F>
F choose(const std::array<F, 5>& by_isa) {
  auto at = static_cast<std::size_t>(isa());
  while (!by_isa[at]) ++at;
  return by_isa[at];
}
// In a SIMD file's HWY_ONCE part; f is in its namespace's HWY_NAMESPACE.
#define KERATIN_BY_ISA(f)                                                                                   \
  std::array<decltype(&HWY_STATIC_DISPATCH(f)), 5> {                                                        \
    HWY_CHOOSE_AVX3(f), HWY_CHOOSE_AVX2(f), HWY_CHOOSE_SSE4(f), HWY_CHOOSE_NEON(f), &HWY_STATIC_DISPATCH(f) \
  }

}  // namespace keratin::simd
