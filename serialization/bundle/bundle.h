// A checkpoint bundle: the index names every tensor's shard, offset and checksum.
// Reading one opens the index and the shards it names; no tensor is read.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "serialization/tensor_directory.h"

namespace keratin::serialization::bundle {

struct Bundle {
  TensorDirectory directory;                       // by key
  std::map<std::string, std::uint32_t> checksums;  // key -> masked CRC-32C
  std::map<std::string, std::string> unreadable;   // key -> why there is no entry for it
};

// prefix: the path without ".index". Throws Error{corrupt_file, unsupported, io}.
Bundle read_bundle(const std::string& prefix);
// Throws Error{corrupt_file} when the stored bytes differ from the checksum.
void verify(const std::string& key, const TensorEntry& entry, std::uint32_t masked);
std::vector<std::string> read_strings(const std::string& key, const TensorEntry& entry);

}  // namespace keratin::serialization::bundle
