// The variance along an axis, as the correlation metrics take it.
#pragma once

#include "runtime/ir/build.h"

namespace keratin::train {

// mean((x - mean(x))²), the axis kept.
inline ir::Value variance(ir::Value x, std::int64_t axis) {
  return ir::mean(ir::square(x - ir::mean(x, {axis}, ir::Keep::yes)), {axis}, ir::Keep::yes);
}

}  // namespace keratin::train
