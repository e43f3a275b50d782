// Values that don't lie raw in one place, and how they are brought together.
#pragma once

#include <memory>
#include <vector>

#include "serialization/hdf5/chunk_index.h"
#include "serialization/hdf5/filters.h"

namespace keratin::serialization::hdf5 {

struct StoredValues {
  File file;
  std::uint64_t element_size = 0;
  bool swap_bytes = false;                    // the file's elements are big-endian
  std::vector<std::byte> fill;                // one element; empty means zero
  std::uint64_t address = undefined_address;  // of contiguous values
  bool chunked = false;
  ChunkGrid grid;
  ChunkIndex index;
  Pipeline pipeline;
  bool whole_edges = false;  // chunks over the edge went through no filter
};

// Fills out with the elements in row-major order, little-endian. Safe from any thread.
void read_stored_values(const StoredValues& values, std::span<std::byte> out);

}  // namespace keratin::serialization::hdf5
