// The sorted table that a checkpoint's .index is: LevelDB's table format, uncompressed blocks.
// Own reader, bounds-checked: see docs/adr/003-checkpoint-index.md.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace keratin::serialization::bundle {

using Row = std::function<void(std::string_view key, std::span<const std::byte> value)>;

// Calls row for every entry, in key order. Every block's checksum is verified.
// Throws Error{corrupt_file} starting with name, Error{unsupported} for compressed blocks.
void read_table(std::span<const std::byte> file, const std::string& name, const Row& row);

}  // namespace keratin::serialization::bundle
