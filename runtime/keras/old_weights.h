// OldWeights: one layer's arrays of a legacy file on the way to the layout of Keras 3. Nothing is read or
// moved before a value is asked for.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "keratin/tensor.h"
#include "serialization/tensor_directory.h"

namespace keratin::keras {

struct OldWeights {
  struct Array {
    std::string name;  // as the file names it: "dense_1_W:0"
    serialization::TensorEntry entry;
  };
  std::vector<Array> arrays;
  int generation = 2;                // 1: Keras 1 wrote the weights
  std::string backend;               // "theano", …; empty when the file doesn't say
  std::vector<std::string> changes;  // what was converted, for the report

  const Shape& shape(std::size_t i) const { return arrays[i].entry.shape; }
};

// A tensor made of others when it is first needed. make gets the sources' values.
serialization::TensorEntry computed(const std::vector<OldWeights::Array>& sources, DType dtype, Shape shape,
                                    std::function<Tensor(const std::vector<Tensor>&)> make);
// A new array of this shape; source gives the index along the old axes where an element comes from.
OldWeights::Array rearranged(const OldWeights::Array& array, Shape shape,
                             std::function<void(const Shape& at, Shape& source)> source);
OldWeights::Array transposed(const OldWeights::Array& array, std::vector<std::size_t> order);
// The same bytes under another shape.
OldWeights::Array reshaped(OldWeights::Array array, Shape shape);
// Reversed along the first `axes` axes: the spatial ones of a convolution's kernel.
OldWeights::Array flipped(const OldWeights::Array& array, std::size_t axes);
// Joined along the last axis, in the order of these indices.
OldWeights::Array joined(const OldWeights& old, const std::vector<std::size_t>& indices);

// Kernels of Conv1D, Conv2D, Conv3D, Conv2DTranspose in Keras 1's layouts, those of Theano, and transposed
// ones.
struct OldKernel {
  std::size_t rank = 2;  // spatial
  bool channels_first = false;
  bool transposed = false;  // Conv2DTranspose
  Shape wanted;
};
void convert_kernel(OldWeights& old, const OldKernel& kernel);

}  // namespace keratin::keras
