// The links of a group: old groups (B-tree, local heap), new ones (messages), dense ones (fractal heap).
#pragma once

#include <string>
#include <vector>

#include "serialization/hdf5/object_header.h"

namespace keratin::serialization::hdf5 {

struct Link {
  enum class Kind { hard, soft, external } kind = Kind::hard;
  std::string name;
  std::uint64_t address = 0;  // of a hard link's object header
  std::string target;         // of a soft link; the file of an external one
};

bool is_group(const std::vector<Message>& messages);
// In the order of the file, which means nothing.
std::vector<Link> read_links(const File& file, const std::vector<Message>& messages);

}  // namespace keratin::serialization::hdf5
