// Copies between strided blocks of elements of any size: what every op that only moves data rests on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace keratin::layout {

// to[i · to_strides] = from[i · from_strides] for every index i below shape. Strides count elements, 0 and
// negative ones included. Contiguous inner axes are copied in one piece.
void copy_strided(std::size_t element_size, std::span<const std::int64_t> shape, const void* from,
                  std::span<const std::int64_t> from_strides, void* to,
                  std::span<const std::int64_t> to_strides);
void fill(std::size_t element_size, std::int64_t count, const void* value, void* to);

}  // namespace keratin::layout
