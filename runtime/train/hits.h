// Whether the right class was predicted: 1 or 0 per sample, as the accuracies of classes count.
#pragma once

#include "runtime/ir/build.h"

namespace keratin::train {

// classes against the largest of y_pred's last axis. classes may have a last axis of 1, and so the result.
ir::Value class_hits(ir::Value classes, ir::Value y_pred);
// Whether fewer than k of y_pred are larger than that of the class; equal ones don't count. A class that
// isn't there, and predictions that aren't finite, are no hits.
ir::Value top_k_hits(ir::Value classes, ir::Value y_pred, std::int64_t k);

}  // namespace keratin::train
