// Element types, as numpy and TensorFlow name them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "keratin/export.h"

namespace keratin {
inline namespace v1 {

enum class DType : std::uint8_t {
  boolean,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  float16,
  bfloat16,
  float32,
  float64,
  string,
};

// Bytes per element; 0 for string, whose elements have no fixed size.
KERATIN_API std::size_t size_of(DType dtype);
// "float32", "int64", "bool" … as numpy prints them.
KERATIN_API std::string_view name_of(DType dtype);
// The inverse of name_of. Throws Error{invalid_argument} for an unknown name.
KERATIN_API DType parse_dtype(std::string_view name);

KERATIN_API bool is_floating(DType dtype);  // float16, bfloat16, float32, float64
KERATIN_API bool is_integer(DType dtype);   // signed and unsigned integers, not bool

}  // namespace v1
}  // namespace keratin
