// CRC-32 of zip files. Where the machine multiplies without carry, 64 or 256 bytes are folded at a time
// (Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel 2009);
// else zlib's tables.
#include <zlib.h>

#include <algorithm>

#include "serialization/inflate/inflate.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace keratin::serialization {
namespace {

std::uint32_t by_table(std::uint32_t sum, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto size = static_cast<uInt>(std::min<std::size_t>(bytes.size(), 1u << 30));
    sum = static_cast<std::uint32_t>(::crc32(sum, reinterpret_cast<const Bytef*>(bytes.data()), size));
    bytes = bytes.subspan(size);
  }
  return sum;
}

#if defined(__x86_64__)

// x^n mod P for the bit-reflected polynomial 0xEDB88320, with the shift of one that reflection brings.
constexpr long long fold_2048[2] = {0x011542778a, 0x01322d1430};  // n = 2048 + 32, 2048 - 32
constexpr long long fold_512[2] = {0x0154442bd4, 0x01c6e41596};   // n = 512 + 32, 512 - 32
constexpr long long fold_128[2] = {0x01751997d0, 0x00ccaa009e};   // n = 128 + 32, 128 - 32
constexpr long long fold_64 = 0x0163cd6124;                       // n = 64
constexpr long long barrett[2] = {0x01db710641, 0x01f7011641};    // P, floor(x^64 / P)

#define KERATIN_CLMUL __attribute__((target("pclmul,sse4.1")))

KERATIN_CLMUL inline __m128i load(const std::byte* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}
// a moved on by the distance of keys, with next added.
KERATIN_CLMUL inline __m128i fold(__m128i a, __m128i keys, __m128i next) {
  const __m128i low = _mm_clmulepi64_si128(a, keys, 0x00), high = _mm_clmulepi64_si128(a, keys, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

// The prefetchers of the machine stop at the end of a page, and a sum of a mapped file crosses many.
constexpr std::size_t ahead = 2048;
KERATIN_CLMUL inline void fetch(const std::byte* at) {
  _mm_prefetch(reinterpret_cast<const char*>(at + ahead), _MM_HINT_T0);
}

// Folds 64 bytes at a time, as long as there are any, into the four words at the front.
KERATIN_CLMUL void fold_by_64(__m128i (&words)[4], const std::byte*& at, std::size_t& size) {
  const __m128i keys = _mm_set_epi64x(fold_512[1], fold_512[0]);
  for (; size >= 64; at += 64, size -= 64) {
    fetch(at);
    for (int i = 0; i < 4; ++i) words[i] = fold(words[i], keys, load(at + 16 * i));
  }
}

#define KERATIN_WIDE_CLMUL __attribute__((target("vpclmulqdq,avx512f,pclmul,sse4.1")))

KERATIN_WIDE_CLMUL inline __m512i four_times(const long long (&keys)[2]) {
  return _mm512_set4_epi64(keys[1], keys[0], keys[1], keys[0]);
}
KERATIN_WIDE_CLMUL inline __m512i fold_wide(__m512i a, __m512i keys, __m512i next) {
  constexpr int all_odd = 0x96;
  return _mm512_ternarylogic_epi64(_mm512_clmulepi64_epi128(a, keys, 0x00),
                                   _mm512_clmulepi64_epi128(a, keys, 0x11), next, all_odd);
}
// The same 256 bytes at a time. size: at least 192.
KERATIN_WIDE_CLMUL void fold_by_256(__m128i (&words)[4], const std::byte*& at, std::size_t& size) {
  const auto wide = [&](std::size_t i) KERATIN_WIDE_CLMUL { return _mm512_loadu_si512(at + 64 * i); };
  __m512i a = _mm512_loadu_si512(words), b = wide(0), c = wide(1), e = wide(2);
  __m512i keys = four_times(fold_2048);
  for (at += 192, size -= 192; size >= 256; at += 256, size -= 256) {
    for (std::size_t i = 0; i < 4; ++i) fetch(at + 64 * i);
    a = fold_wide(a, keys, wide(0));
    b = fold_wide(b, keys, wide(1));
    c = fold_wide(c, keys, wide(2));
    e = fold_wide(e, keys, wide(3));
  }
  keys = four_times(fold_512);
  _mm512_storeu_si512(words, fold_wide(fold_wide(fold_wide(a, keys, b), keys, c), keys, e));
}

#undef KERATIN_WIDE_CLMUL

bool folds_wide() {
  static const bool can = __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("avx512f");
  return can;
}

// state: the register before its final inversion. size: a multiple of 16, at least 64.
KERATIN_CLMUL std::uint32_t by_folding(std::uint32_t state, const std::byte* at, std::size_t size) {
  __m128i words[4] = {_mm_xor_si128(load(at), _mm_cvtsi32_si128(static_cast<int>(state))), load(at + 16),
                      load(at + 32), load(at + 48)};
  at += 64, size -= 64;
  if (size >= 1024 && folds_wide()) fold_by_256(words, at, size);
  fold_by_64(words, at, size);
  __m128i keys = _mm_set_epi64x(fold_128[1], fold_128[0]);
  __m128i a = fold(fold(fold(words[0], keys, words[1]), keys, words[2]), keys, words[3]);
  for (; size >= 16; at += 16, size -= 16) a = fold(a, keys, load(at));
  const __m128i low_words = _mm_setr_epi32(~0, 0, ~0, 0);
  a = _mm_xor_si128(_mm_srli_si128(a, 8), _mm_clmulepi64_si128(a, keys, 0x10));  // 128 -> 96 bits
  a = _mm_xor_si128(_mm_srli_si128(a, 4),
                    _mm_clmulepi64_si128(_mm_and_si128(a, low_words), _mm_set_epi64x(0, fold_64), 0x00));
  keys = _mm_set_epi64x(barrett[1], barrett[0]);
  const __m128i quotient =
      _mm_and_si128(_mm_clmulepi64_si128(_mm_and_si128(a, low_words), keys, 0x10), low_words);
  return static_cast<std::uint32_t>(
      _mm_extract_epi32(_mm_xor_si128(a, _mm_clmulepi64_si128(quotient, keys, 0x00)), 1));
}

#undef KERATIN_CLMUL

bool folds() {
  static const bool can = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
  return can;
}

#endif

}  // namespace

std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t previous) {
#if defined(__x86_64__)
  if (bytes.size() >= 64 && folds()) {
    const std::size_t whole = bytes.size() / 16 * 16;
    previous = ~by_folding(~previous, bytes.data(), whole);
    bytes = bytes.subspan(whole);
  }
#endif
  return by_table(previous, bytes);
}

}  // namespace keratin::serialization
