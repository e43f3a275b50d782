// A keras.ops node as a layer without weights, so that a functional model's nodes are all of one kind.
#pragma once

#include "runtime/keras/layer.h"

namespace keratin::keras {

// object: {"module": "keras.src.ops.numpy", "class_name": "Mean", "config": …}.
// Throws Error{unsupported} naming an unknown operation.
LayerPtr make_operation(const Json& object);

}  // namespace keratin::keras
