// The messages of object headers as bytes.
#pragma once

#include "keratin/tensor.h"
#include "serialization/hdf5/write_node.h"

namespace keratin::serialization::hdf5 {

Image number_type(DType dtype);
Image fixed_string_type(std::size_t width);
Image text_type(bool is_utf8);
Image dataspace(const Shape& shape);  // an empty shape is a scalar

// Pads to a multiple of eight.
void pad8(Image& image);

std::uint64_t header_size(const WriteNode& node);
// Appends the whole object header. Places must have been planned.
void append_header(Image& out, const WriteNode& node);

}  // namespace keratin::serialization::hdf5
