// Messages that a file keeps once for many objects, in a heap named by the superblock extension.
#pragma once

#include "serialization/hdf5/object_header.h"

namespace keratin::serialization::hdf5 {

Block read_shared_message(const File& file, MessageType type, const Block& heap_id);
// The fractal heap that holds shared messages of a type.
std::uint64_t shared_heap(const File& file, MessageType type);

}  // namespace keratin::serialization::hdf5
