// Gradients of composite ops through their decompositions.
#pragma once

#include "runtime/ir/op.h"

namespace keratin::ir {

// The gradient of node's decomposition, written into node's graph: what a composite without a gradient of
// its own names as its Gradient::build.
Gradients gradient_of_decomposition(Node& node, std::span<const Value> dy);

}  // namespace keratin::ir
