// Shape arithmetic in checked int64. Used by every module.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "keratin/tensor.h"

namespace keratin {

// Product of dims. Throws Error{invalid_argument} for a negative dim or a product beyond int64.
std::int64_t element_count(std::span<const std::int64_t> shape);
// a * b in int64; throws Error{invalid_argument} on overflow.
std::int64_t checked_mul(std::int64_t a, std::int64_t b);
// Elements to step per axis of a dense row-major array.
Shape row_major_strides(std::span<const std::int64_t> shape);
// axis in [-rank, rank) to [0, rank). Throws Error{invalid_argument}.
std::int64_t normalize_axis(std::int64_t axis, std::size_t rank);
// "(2, 3)", "(4,)", "()" as Python prints a tuple.
std::string to_string(std::span<const std::int64_t> shape);

}  // namespace keratin
