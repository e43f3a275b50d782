// One axis of an image resize as a sparse matrix: each output element is a weighted sum of input elements.
// Made once for given sizes; the sampling rules are those of TensorFlow's image.resize, in its float32.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace keratin::resize {

struct Term {
  std::int64_t source;
  float weight;
};
// Per output element: the terms of its sum.
using Weights = std::vector<std::vector<Term>>;

bool is_method(std::string_view method);
Weights make_weights(std::string_view method, bool antialias, std::int64_t in, std::int64_t out);

}  // namespace keratin::resize
