// The layout and fill value messages of a dataset: where its values lie and what missing ones are.
#pragma once

#include <string>
#include <vector>

#include "serialization/hdf5/chunk_index.h"

namespace keratin::serialization::hdf5 {

struct Layout {
  enum class Kind { compact, contiguous, chunked, in_other_datasets } kind = Kind::contiguous;
  std::string refused;                        // why this layout is not read
  std::uint64_t address = undefined_address;  // of compact and contiguous values
  std::uint64_t size = 0;                     // bytes there; 0 in old files, which leave it to the shape
  ChunkIndex index;
  std::vector<std::uint64_t> chunk;  // dims of a chunk, without the element's bytes
  bool whole_edges = false;          // chunks that reach over the edge went through no filter
};
Layout read_layout(Cursor in);

// The bytes of one element that was never written; empty means zero.
Bytes read_fill_value(Cursor in, bool is_old);

}  // namespace keratin::serialization::hdf5
