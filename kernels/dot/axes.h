// The axes of a dot's operands: which are left, which lie so that they can be walked as one.
#pragma once

#include <optional>

#include "runtime/core/shape.h"
#include "runtime/ir/attribute.h"

namespace keratin::dot {

// Axes walked as one: count elements, step apart.
struct Group {
  std::int64_t count = 1, step = 1;
};
std::optional<Group> join(const ir::Ints& axes, const Shape& shape, const Shape& strides);

// Elements along axes.
std::int64_t count(const ir::Ints& axes, const Shape& shape);
// The axes below rank that are neither in a nor in b.
ir::Ints rest(std::size_t rank, const ir::Ints& a, const ir::Ints& b);
// The order of contracted axes is free: a's own lets most a's stay as they are.
void sort_by_a(ir::Ints& ca, ir::Ints& cb);

}  // namespace keratin::dot
