// The order in which Keras runs the calls of a functional model: deepest first, as seen from the outputs.
// It shows where a layer changes what others see: state of a shared layer, masks that attention takes.
#pragma once

#include <utility>
#include <vector>

#include "runtime/keras/functional.h"

namespace keratin::keras {

// A call by the places of its layer and of itself among that layer's calls.
using CallPlace = std::pair<std::size_t, std::size_t>;
// Calls that the outputs depend on; input layers are left out. References to what doesn't exist are skipped.
std::vector<CallPlace> call_order(const FunctionalConfig& config);

}  // namespace keratin::keras
