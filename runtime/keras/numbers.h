// Numbers in configs: one, nested lists of them, or an array as Keras serializes numpy's.
#pragma once

#include "keratin/tensor.h"
#include "serialization/json/json.h"

namespace keratin::keras {

struct Numbers {
  Shape shape;
  std::vector<double> values;  // row-major
};

// 3 · [1, 2] · [[1], [2]] · {"class_name": "__numpy__", "config": {"value": …}}
// Throws Error{corrupt_file} for anything else and for lists of different lengths.
Numbers read_numbers(const serialization::Json& json);
Tensor to_tensor(const Numbers& numbers, DType dtype);

}  // namespace keratin::keras
