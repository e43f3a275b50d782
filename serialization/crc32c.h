// CRC-32C (Castagnoli), the checksum of TensorFlow's checkpoints, with the masking they store it under.
// Thread-safe, no state; uses the CPU's instruction where there is one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace keratin::serialization {

// Continues from an earlier result; 0 starts.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t earlier = 0);

// Stored checksums are rotated and shifted, so that a checksum of bytes that hold checksums stays good.
constexpr std::uint32_t mask_crc32c(std::uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8u; }

}  // namespace keratin::serialization
