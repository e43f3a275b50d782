// DEFLATE and CRC-32, the only place that knows zlib. Used by the zip and HDF5 containers.
// Pure functions on byte spans; safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace keratin::serialization {

// DEFLATE can't expand further; a file that declares more than this per stored byte lies.
constexpr std::uint64_t inflate_ratio = 1032;

enum class Wrapping {
  raw,   // zip members
  zlib,  // HDF5's deflate filter: two bytes in front, Adler-32 behind
};

// Fills out exactly. Throws Error{corrupt_file} when the stream is damaged, shorter or longer than out.
void inflate(std::span<const std::byte> packed, std::span<std::byte> out, Wrapping wrapping,
             const std::string& name);

// CRC-32 as in zip; previous continues an earlier sum.
std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t previous = 0);

}  // namespace keratin::serialization
