#include "runtime/keras/old_weights.h"

#include <algorithm>
#include <cstring>

#include "runtime/core/error.h"
#include "runtime/core/shape.h"

namespace keratin::keras {
namespace {

// Copies elements of x to a tensor of this shape; source gives each one's index along x's axes.
Tensor gathered(const Tensor& x, const Shape& shape,
                const std::function<void(const Shape& at, Shape& source)>& place) {
  Tensor made(x.dtype(), shape);
  const std::size_t size = size_of(x.dtype());
  Shape at(shape.size(), 0), source(x.rank(), 0);
  const auto* in = static_cast<const std::byte*>(x.raw());
  auto* out = static_cast<std::byte*>(made.raw());
  for (std::size_t i = 0; i < made.elements(); ++i) {
    place(at, source);
    std::int64_t index = 0;
    for (std::size_t axis = 0; axis < x.rank(); ++axis) index = index * x.dim(axis) + source[axis];
    std::memcpy(out + i * size, in + static_cast<std::size_t>(index) * size, size);
    for (std::size_t axis = at.size(); axis-- > 0;) {
      if (++at[axis] < shape[axis]) break;
      at[axis] = 0;
    }
  }
  return made;
}

Tensor joined_last(const std::vector<Tensor>& values, const Shape& shape) {
  Tensor made(values[0].dtype(), shape);
  const std::size_t rows = shape.back() ? made.elements() / static_cast<std::size_t>(shape.back()) : 0;
  auto* out = static_cast<std::byte*>(made.raw());
  for (std::size_t row = 0; row < rows; ++row)
    for (const Tensor& value : values) {
      const std::size_t bytes = value.bytes() / rows;
      if (bytes) std::memcpy(out, static_cast<const std::byte*>(value.raw()) + row * bytes, bytes);
      out += bytes;
    }
  return made;
}

void convert_keras_1(OldWeights& old, const OldKernel& kernel) {
  OldWeights::Array& array = old.arrays[0];
  const Shape shape = array.entry.shape;
  if (kernel.rank == 1 && shape.size() == 4 && kernel.wanted.size() == 3) {
    // (length, 1, in, out), or (out, in, length, 1) before 1.2
    if (shape[0] != kernel.wanted[0] || shape[1] != 1 || shape[3] != kernel.wanted[2])
      array = transposed(array, {2, 3, 1, 0});
    const Shape now = array.entry.shape;
    check(now[1] == 1, ErrorCode::corrupt_file, array.name, ": shape ", to_string(shape),
          " is no kernel of Keras 1's Convolution1D");
    array = reshaped(array, {now[0], now[2], now[3]});
    old.changes.push_back("the kernel's second axis is dropped");
  } else if (shape.size() == kernel.rank + 2 && kernel.rank > 1 &&
             (kernel.transposed || kernel.channels_first)) {
    if (kernel.transposed)
      array = transposed(array, kernel.channels_first ? std::vector<std::size_t>{2, 3, 0, 1}
                                                      : std::vector<std::size_t>{0, 1, 3, 2});
    else
      array = transposed(array, kernel.rank == 2 ? std::vector<std::size_t>{2, 3, 1, 0}
                                                 : std::vector<std::size_t>{2, 3, 4, 1, 0});
    old.changes.push_back("the kernel is transposed from Keras 1's layout");
  }
}

}  // namespace

serialization::TensorEntry computed(const std::vector<OldWeights::Array>& sources, DType dtype, Shape shape,
                                    std::function<Tensor(const std::vector<Tensor>&)> make) {
  serialization::TensorEntry entry;
  entry.dtype = dtype;
  entry.bytes = static_cast<std::uint64_t>(element_count(shape)) * size_of(dtype);
  entry.shape = std::move(shape);
  entry.decode = [sources, make = std::move(make), wanted = entry.shape](std::span<std::byte> out) {
    std::vector<Tensor> values;
    for (const OldWeights::Array& source : sources)
      values.push_back(serialization::read_tensor(source.name, source.entry));
    const Tensor made = make(values);
    assume(made.bytes() == out.size() && made.shape() == wanted, "a converted weight has the promised shape");
    if (!out.empty()) std::memcpy(out.data(), made.raw(), out.size());
  };
  return entry;
}

OldWeights::Array rearranged(const OldWeights::Array& array, Shape shape,
                             std::function<void(const Shape& at, Shape& source)> source) {
  auto make = [source = std::move(source), shape](const std::vector<Tensor>& values) {
    return gathered(values[0], shape, source);
  };
  return {array.name, computed({array}, array.entry.dtype, shape, make)};
}

OldWeights::Array transposed(const OldWeights::Array& array, std::vector<std::size_t> order) {
  Shape shape;
  for (std::size_t axis : order) shape.push_back(array.entry.shape.at(axis));
  return rearranged(array, shape, [order](const Shape& at, Shape& source) {
    for (std::size_t i = 0; i < order.size(); ++i) source[order[i]] = at[i];
  });
}

OldWeights::Array reshaped(OldWeights::Array array, Shape shape) {
  assume(element_count(shape) == element_count(array.entry.shape), "a reshape keeps the elements");
  array.entry.shape = std::move(shape);
  return array;
}

OldWeights::Array flipped(const OldWeights::Array& array, std::size_t axes) {
  const Shape shape = array.entry.shape;
  return rearranged(array, shape, [axes, shape](const Shape& at, Shape& source) {
    for (std::size_t i = 0; i < at.size(); ++i) source[i] = i < axes ? shape[i] - 1 - at[i] : at[i];
  });
}

OldWeights::Array joined(const OldWeights& old, const std::vector<std::size_t>& indices) {
  std::vector<OldWeights::Array> sources;
  for (std::size_t index : indices) sources.push_back(old.arrays.at(index));
  Shape shape = sources[0].entry.shape;
  check(!shape.empty(), ErrorCode::corrupt_file, sources[0].name, ": a scalar, expected an array per gate");
  for (std::size_t i = 1; i < sources.size(); ++i) {
    Shape other = sources[i].entry.shape;
    check(other.size() == shape.size() && sources[i].entry.dtype == sources[0].entry.dtype &&
              std::equal(other.begin(), other.end() - 1, shape.begin()),
          ErrorCode::corrupt_file, sources[i].name, ": shape ", to_string(other), " doesn't fit ",
          sources[0].name, " ", to_string(sources[0].entry.shape));
    shape.back() += other.back();
  }
  auto make = [shape](const std::vector<Tensor>& values) { return joined_last(values, shape); };
  return {sources[0].name, computed(sources, sources[0].entry.dtype, shape, make)};
}

void convert_kernel(OldWeights& old, const OldKernel& kernel) {
  if (old.arrays.empty()) return;
  if (old.generation == 1) convert_keras_1(old, kernel);
  OldWeights::Array& array = old.arrays[0];
  if (old.backend == "theano" && array.entry.shape.size() == kernel.rank + 2) {
    array = flipped(array, kernel.rank);
    old.changes.push_back("the kernel is flipped, as Theano convolves");
  }
  if (array.entry.shape != kernel.wanted && array.entry.shape.size() == 4) {
    const Shape& shape = array.entry.shape;
    if (Shape{shape[3], shape[2], shape[0], shape[1]} == kernel.wanted) {
      array = transposed(array, {3, 2, 0, 1});
      old.changes.push_back("the kernel is transposed");
    }
  }
}

}  // namespace keratin::keras
