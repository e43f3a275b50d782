// WriteNode: one object of a file to be written, with the places that planning gave it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "serialization/bytes.h"

namespace keratin::serialization::hdf5 {

using Image = std::vector<std::byte>;

struct WriteAttribute {
  std::string name;
  Image type, space, data;  // messages, and the value unless it is text
  bool is_text = false;
  std::string text;              // kept in the global heap
  std::uint64_t collection = 0;  // where planning put it
  std::uint32_t index = 0;
};

struct WriteNode {
  std::string name;
  bool is_dataset = false;
  std::vector<WriteAttribute> attributes;
  std::uint64_t header = 0;

  // Of a group. Children are sorted by the bytes of their names, as B-trees want them.
  std::map<std::string, std::unique_ptr<WriteNode>> children;
  std::vector<WriteNode*> order;  // as they were added
  std::uint64_t heap = 0, heap_data = 0, symbols = 0, tree = 0;

  // Of a dataset.
  Image type, space;
  std::uint64_t bytes = 0, values_at = 0;
  std::function<void(ByteSink&)> values;
};

}  // namespace keratin::serialization::hdf5
