// Type: element type and symbolic shape of a value. Printed "f32[B,64]".
#pragma once

#include <string>
#include <string_view>

#include "keratin/dtype.h"
#include "runtime/ir/dim.h"

namespace keratin::ir {

struct Type {
  DType dtype = DType::float32;
  Dims shape;
  std::size_t rank() const { return shape.size(); }
  friend bool operator==(const Type&, const Type&) = default;
};

std::string to_string(const Type& type);
// The inverse of to_string. Throws Error{invalid_argument}.
Type parse_type(std::string_view text);

// "f32", "i64", "bool" …: the short names of the text form.
std::string_view short_name(DType dtype);
DType parse_short_dtype(std::string_view name);

// The shape that numpy broadcasting gives. Throws Error{invalid_argument} when the shapes don't agree.
Dims broadcast(const Dims& a, const Dims& b);

}  // namespace keratin::ir
