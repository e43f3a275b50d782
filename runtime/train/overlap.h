// What the losses of overlapping regions, Dice and Tversky, share.
#pragma once

#include "runtime/train/loss.h"

namespace keratin::train {

// The axes of a config's "axis": a number, a list, or null for all of x's.
ir::Ints axes_of(ir::Value x, const Json& axis);

}  // namespace keratin::train
