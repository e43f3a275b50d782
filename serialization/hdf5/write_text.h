// The global heap of a file to be written: the text of all attributes.
#pragma once

#include "serialization/hdf5/write_node.h"

namespace keratin::serialization::hdf5 {

// Collections of objects, placed one after another from a given address on.
class TextHeap {
 public:
  explicit TextHeap(std::uint64_t address) : address_(address) {}
  // Gives an attribute's text its collection and index.
  void place(WriteAttribute& attribute);
  // Where the heap ends; nothing is placed afterwards.
  std::uint64_t finish();
  void append(Image& out) const;

 private:
  struct Collection {
    std::vector<const std::string*> texts;
    std::uint64_t used = 0, size = 0;
  };
  std::uint64_t address_;  // of the collection at hand
  std::vector<Collection> collections_;
};

}  // namespace keratin::serialization::hdf5
