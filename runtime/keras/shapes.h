// Shapes as Keras configs write them. Used by Reshape, the dropout family and operations.
#pragma once

#include <optional>
#include <vector>

#include "runtime/ir/graph.h"

namespace keratin::keras {

// target's dims, -1 (once) standing for what is left of total elements. Throws Error{corrupt_file}.
ir::Dims resolved_shape(const ir::Dim& total, const std::vector<std::int64_t>& target);

}  // namespace keratin::keras
