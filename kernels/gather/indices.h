// Indices read from a tensor of integers: negative ones count from the end, others must be inside.
#pragma once

#include <vector>

#include "runtime/ir/op.h"

namespace keratin::indices {

inline void check_indices(const ir::Node& node, const ir::Type& indices) {
  ir::op_check(is_integer(indices.dtype), node, "indices are ", name_of(indices.dtype),
               ", expected integers");
}

// Any integer tensor as int64.
std::vector<std::int64_t> read_integers(const ir::HostView& indices);
// Throws Error{invalid_argument} for an index outside of [-length, length).
std::vector<std::int64_t> read_indices(const ir::Node& node, const ir::HostView& indices,
                                       std::int64_t length);

}  // namespace keratin::indices
