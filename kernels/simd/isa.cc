#include "kernels/simd/isa.h"

#include <string>

#include "runtime/core/env.h"
#include "runtime/core/error.h"

namespace keratin::simd {
namespace {

constexpr std::array names = {"avx512", "avx2", "sse4", "neon", "scalar"};

// What Highway's targets of these names are compiled to use.
bool runs(Isa isa) {
#if defined(__x86_64__)
  const bool sse4 = __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("sse4.2") &&
                    __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("aes");
  const bool avx2 = sse4 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
                    __builtin_cpu_supports("f16c");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512cd");
  return isa == Isa::avx512 ? avx512 : isa == Isa::avx2 ? avx2 : isa == Isa::sse4 ? sse4 : isa == Isa::scalar;
#elif defined(__aarch64__)
  return isa == Isa::neon || isa == Isa::scalar;
#else
  return isa == Isa::scalar;
#endif
}

Isa find() {
  const std::string limit = env::get("KERATIN_CPU_ISA");
  std::size_t at = 0;
  while (!limit.empty() && at < names.size() && limit != names[at]) ++at;
  check(at < names.size(), ErrorCode::io, "KERATIN_CPU_ISA is \"", limit,
        "\", expected avx512, avx2, sse4, neon or scalar");
  while (!runs(static_cast<Isa>(at))) ++at;
  return static_cast<Isa>(at);
}

}  // namespace

Isa isa() {
  static const Isa found = find();
  return found;
}

const char* isa_name() { return names[static_cast<std::size_t>(isa())]; }

}  // namespace keratin::simd
