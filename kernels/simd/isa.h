// Which instruction sets the SIMD files are compiled for and which one runs. Include before any of Highway.
#pragma once

#include <cstdint>

// One file is compiled once per target that is left: AVX-512, AVX2, SSE4 and portable code on x86-64, NEON on
// ARM. Vectors of a size known at compile time only: SVE and RVV are out.
#define HWY_DISABLED_TARGETS                                                                        \
  (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

namespace keratin::simd {

// Chooses the target once per process, no wider than KERATIN_CPU_ISA. Called before a dispatch table is read.
// Throws Error{invalid_argument} for an unknown name there.
void choose_isa();
// "avx512", "avx2", "sse4", "neon", "scalar".
const char* isa_name();

}  // namespace keratin::simd
