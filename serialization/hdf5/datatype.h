// Datatypes and dataspaces: what one element is, and how many there are.
#pragma once

#include <optional>
#include <string>

#include "keratin/dtype.h"
#include "keratin/tensor.h"
#include "serialization/hdf5/file.h"

namespace keratin::serialization::hdf5 {

struct Datatype {
  enum class Kind { number, fixed_string, vlen_string, opaque, other };
  Kind kind = Kind::other;
  std::uint64_t size = 0;      // bytes of an element in the file
  DType dtype = DType::uint8;  // of a number
  bool big_endian = false;
  char padding = 0;  // of a fixed string: what fills its end, '\0' or ' '
  std::string name;  // of what is not read: "compound", "24-bit integer" …
};
Datatype read_datatype(Cursor in);

struct Dataspace {
  enum class Kind { scalar, simple, null };
  Kind kind = Kind::scalar;
  Shape shape;   // empty for a scalar
  Shape limits;  // how far each dim may grow, -1 without end; empty: not at all
  // Elements; Error{corrupt_file} beyond int64.
  std::uint64_t elements() const;
};
Dataspace read_dataspace(Cursor in);

}  // namespace keratin::serialization::hdf5
