// Little-endian integers in byte spans, as every container here stores them.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace keratin::serialization {

static_assert(std::endian::native == std::endian::little, "tensor bytes are read in place");

// The caller has checked that the bytes are there.
template <class T>
T load_le(std::span<const std::byte> bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

// insert() would do, but GCC 12 warns of overflows inside it that can't happen.
inline void append_bytes(std::vector<std::byte>& out, std::span<const std::byte> bytes) {
  const std::size_t at = out.size();
  out.resize(at + bytes.size());
  if (!bytes.empty()) std::memcpy(out.data() + at, bytes.data(), bytes.size());
}

template <class T>
void append_le(std::vector<std::byte>& out, std::type_identity_t<T> value) {
  append_bytes(out, std::as_bytes(std::span(&value, 1)));
}

}  // namespace keratin::serialization
