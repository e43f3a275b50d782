// What the hinge losses share.
#pragma once

#include "runtime/train/loss.h"

namespace keratin::train {

// max(1 - y_true y_pred, 0), where targets that are all 0 or 1 become -1 and 1.
ir::Value margin_left(ir::Value y_true, ir::Value y_pred);

}  // namespace keratin::train
