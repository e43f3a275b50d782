#include "serialization/hdf5/checksum.h"

#include <algorithm>
#include <bit>

#include "runtime/core/error.h"

namespace keratin::serialization::hdf5 {
namespace {

// Up to twelve bytes as three little-endian words, missing ones zero.
struct Words {
  std::uint32_t a = 0, b = 0, c = 0;
};

Words words_of(std::span<const std::byte> bytes) {
  std::uint32_t word[3] = {};
  const std::size_t count = std::min<std::size_t>(bytes.size(), 12);
  for (std::size_t i = 0; i < count; ++i)
    word[i / 4] |= static_cast<std::uint32_t>(bytes[i]) << (8 * (i % 4));
  return {word[0], word[1], word[2]};
}

void mix(Words& w) {
  auto step = [](std::uint32_t& x, std::uint32_t& y, std::uint32_t& z, int turn) {
    x = (x - z) ^ std::rotl(z, turn);
    z += y;
  };
  step(w.a, w.b, w.c, 4);
  step(w.b, w.c, w.a, 6);
  step(w.c, w.a, w.b, 8);
  step(w.a, w.b, w.c, 16);
  step(w.b, w.c, w.a, 19);
  step(w.c, w.a, w.b, 4);
}

void finish(Words& w) {
  auto step = [](std::uint32_t& x, std::uint32_t y, int turn) { x = (x ^ y) - std::rotl(y, turn); };
  step(w.c, w.b, 14);
  step(w.a, w.c, 11);
  step(w.b, w.a, 25);
  step(w.c, w.b, 16);
  step(w.a, w.c, 4);
  step(w.b, w.a, 14);
  step(w.c, w.b, 24);
}

}  // namespace

std::uint32_t lookup3(std::span<const std::byte> bytes) {
  const std::uint32_t start = 0xdeadbeefu + static_cast<std::uint32_t>(bytes.size());
  Words sum{start, start, start};
  auto add = [&](std::span<const std::byte> part) {
    const Words w = words_of(part);
    sum.a += w.a, sum.b += w.b, sum.c += w.c;
  };
  for (; bytes.size() > 12; bytes = bytes.subspan(12)) {
    add(bytes);
    mix(sum);
  }
  if (bytes.empty()) return sum.c;
  add(bytes);
  finish(sum);
  return sum.c;
}

std::uint32_t fletcher32(std::span<const std::byte> bytes) {
  std::uint32_t low = 0, high = 0;
  auto fold = [](std::uint32_t& sum) { sum = (sum & 0xffff) + (sum >> 16); };
  std::size_t i = 0;
  while (i + 1 < bytes.size()) {
    // 360 words are the most that two 32-bit sums can take without overflow.
    const std::size_t end = std::min(bytes.size() - 1, i + 720);
    for (; i < end; i += 2) {
      low += static_cast<std::uint32_t>(bytes[i]) << 8 | static_cast<std::uint32_t>(bytes[i + 1]);
      high += low;
    }
    fold(low), fold(high);
  }
  if (i < bytes.size()) {
    low += static_cast<std::uint32_t>(bytes[i]) << 8;
    high += low;
    fold(low), fold(high);
  }
  fold(low), fold(high);
  return high << 16 | low;
}

void check_lookup3([[maybe_unused]] std::span<const std::byte> bytes, [[maybe_unused]] std::uint32_t stored,
                   [[maybe_unused]] const char* what) {
#ifndef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION  // a fuzzer would never get past it
  check(lookup3(bytes) == stored, ErrorCode::corrupt_file, what,
        ": the checksum does not match; the file is damaged");
#endif
}

}  // namespace keratin::serialization::hdf5
