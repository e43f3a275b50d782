// The two checksums of HDF5: Jenkins' lookup3 over metadata, Fletcher-32 over chunks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace keratin::serialization::hdf5 {

std::uint32_t lookup3(std::span<const std::byte> bytes);
std::uint32_t fletcher32(std::span<const std::byte> bytes);

// Throws Error{corrupt_file} naming what when the checksum differs from the stored one.
void check_lookup3(std::span<const std::byte> bytes, std::uint32_t stored, const char* what);

}  // namespace keratin::serialization::hdf5
