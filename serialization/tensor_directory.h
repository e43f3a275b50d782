// TensorDirectory: path -> {dtype, shape, where the bytes are}. Building one reads metadata only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "keratin/tensor.h"
#include "serialization/bytes.h"

namespace keratin::serialization {

struct TensorEntry {
  DType dtype = DType::float32;
  Shape shape;
  // Raw little-endian row-major bytes at offset of source …
  SourcePtr source;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  // … or, when set, the recipe that yields them (chunked, filtered, big-endian): fills out, bytes long.
  std::function<void(std::span<std::byte> out)> decode;
};

// Reads a tensor into fresh memory. Throws Error{corrupt_file} with the path in front.
Tensor read_tensor(const std::string& path, const TensorEntry& entry);

// Keys are absolute paths inside the container, "/layers/dense/vars/0"; `\` was read as `/`.
// Group order is not kept: order comes from names or from attributes, never from iteration.
struct TensorDirectory {
  std::map<std::string, TensorEntry> tensors;
  std::map<std::string, std::map<std::string, std::string>> text;  // group -> attribute -> value
  std::map<std::string, std::map<std::string, std::vector<std::string>>>
      names;                                                     // group -> attribute -> list; chunks joined
  std::map<std::string, std::map<std::string, double>> numbers;  // group -> attribute -> scalar number
  std::map<std::string, std::string> refused;  // path, or group@attribute -> why it is there but not read
  bool has_group(const std::string& path) const { return text.count(path) || names.count(path); }
};

}  // namespace keratin::serialization
