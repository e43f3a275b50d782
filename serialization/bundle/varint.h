// Variable-length integers of tables and string tensors: 7 bits per byte, lowest first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace keratin::serialization::bundle {

// Reads one at offset and steps over it; empty when it does not end within bytes or has more than 64 bits.
inline std::optional<std::uint64_t> read_varint(std::span<const std::byte> bytes, std::size_t& offset) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (offset >= bytes.size()) return std::nullopt;
    const auto byte = std::to_integer<std::uint64_t>(bytes[offset++]);
    value |= (byte & 0x7f) << shift;
    if (!(byte & 0x80)) return value;
  }
  return std::nullopt;
}

}  // namespace keratin::serialization::bundle
