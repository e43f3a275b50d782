// An old group as bytes: local heap of names, symbol nodes, B-tree of any depth.
#pragma once

#include "serialization/hdf5/write_node.h"

namespace keratin::serialization::hdf5 {

// Gives heap, symbol nodes and tree their places from at on; returns the end.
std::uint64_t place_group(WriteNode& group, std::uint64_t at);
// Appends what place_group planned. Headers of the children must be placed.
void append_group(Image& out, const WriteNode& group);
// The entry of an object in a symbol node or in the superblock.
void append_symbol(Image& out, std::uint64_t name_offset, const WriteNode& node);

}  // namespace keratin::serialization::hdf5
