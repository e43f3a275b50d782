#include "kernels/simd/isa.h"

#include <hwy/targets.h>

#include <array>
#include <string>

#include "runtime/core/env.h"
#include "runtime/core/error.h"

namespace keratin::simd {
namespace {

struct Isa {
  const char* name;
  std::int64_t target;
};
// Widest first.
constexpr std::array isas = {Isa{"avx512", HWY_AVX3}, Isa{"avx2", HWY_AVX2}, Isa{"sse4", HWY_SSE4},
                             Isa{"neon", HWY_NEON}};

std::int64_t wider_than(const std::string& name) {
  std::int64_t wider = 0;
  for (const Isa& isa : isas) {
    if (name == isa.name) return wider;
    wider |= isa.target;
  }
  check(name == "scalar", ErrorCode::invalid_argument, "KERATIN_CPU_ISA is \"", name,
        "\", expected avx512, avx2, sse4, neon or scalar");
  return wider;
}

std::int64_t choose() {
  const std::string limit = env::get("KERATIN_CPU_ISA");
  if (!limit.empty()) {
    const std::int64_t narrow = hwy::SupportedTargets() & ~wider_than(limit);
    hwy::SetSupportedTargetsForTest(narrow | HWY_STATIC_TARGET);
  }
  const std::int64_t targets = hwy::SupportedTargets();
  hwy::GetChosenTarget().Update(targets);
  return targets;
}

std::int64_t chosen() {
  static const std::int64_t targets = choose();
  return targets;
}

}  // namespace

void choose_isa() { chosen(); }

const char* isa_name() {
  for (const Isa& isa : isas)
    if (chosen() & isa.target) return isa.name;
  return "scalar";
}

}  // namespace keratin::simd
