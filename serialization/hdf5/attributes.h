// Attributes of one object as text, lists of names and numbers; and the global heap behind their strings.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "serialization/hdf5/object_header.h"

namespace keratin::serialization::hdf5 {

struct Attributes {
  std::map<std::string, std::string> text;                // scalar strings
  std::map<std::string, std::vector<std::string>> names;  // lists of strings; name0, name1 … joined into name
  std::map<std::string, double> numbers;                  // scalar integers, floats and booleans
  std::map<std::string, std::string> refused;             // name -> why its value is not read
};

// Strings of any length, in collections of numbered objects.
class GlobalHeap {
 public:
  explicit GlobalHeap(const File& file) : file_(file) {}
  // The bytes that a reference (collection, index) of a variable-length element names.
  Block object(std::uint64_t collection, std::uint32_t index);

 private:
  struct Place {
    std::uint64_t address = 0, size = 0;
    bool used = false;
  };
  using Collection = std::vector<Place>;  // by index
  const Collection& collection(std::uint64_t address);

  const File& file_;
  std::unordered_map<std::uint64_t, Collection> collections_;
};

Attributes read_attributes(const File& file, GlobalHeap& heap, const std::vector<Message>& messages);

}  // namespace keratin::serialization::hdf5
