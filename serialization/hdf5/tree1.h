// Version 1 B-trees: visits the child of every entry of the lowest level, with the key before it.
#pragma once

#include <functional>

#include "serialization/hdf5/file.h"

namespace keratin::serialization::hdf5 {

struct Tree1Kind {
  std::uint8_t type;  // 0 groups, 1 chunks
  std::uint64_t key_size;
};

void for_each_child(const File& file, std::uint64_t root, Tree1Kind kind, const char* what,
                    const std::function<void(Cursor key, std::uint64_t child)>& visit);

}  // namespace keratin::serialization::hdf5
