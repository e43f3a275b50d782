// The seam to libkeratin_tensorflow, which alone knows protobuf: bytes in, plain structs out, and back.
// Opened on first use; never closed. Thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "serialization/checkpoint.h"
#include "serialization/saved_model.h"

namespace keratin::serialization {

struct BundleHeader {
  int shards = 0;
  bool big_endian = false;
  int min_consumer = 0;
};
struct BundleSlice {
  struct Extent {
    std::int64_t start = 0;
    std::int64_t length = -1;  // -1: the whole dimension
  };
  std::vector<Extent> extents;
};
struct BundleEntry {
  TfType type = TfType::invalid;
  TfShape shape;
  int shard = 0;
  std::int64_t offset = 0;
  std::int64_t size = 0;
  std::uint32_t checksum = 0;  // masked
  std::vector<BundleSlice> slices;
};

using Bytes = std::span<const std::byte>;

// name starts every error message. Each parse_ throws Error{corrupt_file, unsupported}.
struct TensorflowModule {
  std::vector<MetaGraph> (*parse_saved_model)(Bytes bytes, const std::string& name);
  GraphDocument (*parse_graph)(Bytes bytes, const std::string& name);
  std::vector<std::byte> (*print_graph)(const GraphDocument& graph);
  std::vector<CheckpointObject> (*parse_checkpoint_objects)(Bytes bytes, const std::string& name);
  BundleHeader (*parse_bundle_header)(Bytes bytes, const std::string& name);
  BundleEntry (*parse_bundle_entry)(Bytes bytes, const std::string& name);
};

// Throws Error{unsupported} when the module is not installed or belongs to another build.
const TensorflowModule& tensorflow_module();

}  // namespace keratin::serialization
