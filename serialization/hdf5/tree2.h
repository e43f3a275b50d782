// Version 2 B-trees: visits every record in order.
#pragma once

#include <functional>

#include "serialization/hdf5/file.h"

namespace keratin::serialization::hdf5 {

// visit(type of the tree, one record). what names the tree in errors.
void for_each_record(const File& file, std::uint64_t header, const char* what,
                     const std::function<void(std::uint8_t type, Cursor record)>& visit);

}  // namespace keratin::serialization::hdf5
