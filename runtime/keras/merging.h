// What the merging layers (Add, Multiply, Maximum…) share: inputs of one rank and dtype, and the mask rules.
#pragma once

#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"
#include "runtime/keras/promote.h"

namespace keratin::keras {

struct NoConfig {
  template <class V>
  void describe(V&) {}
};

// The tensors of the call in their common dtype; lower ranks get axes of 1 after the batch.
ir::Values merge_inputs(LowerContext& cx, std::size_t least = 1);
// The result is masked where every input is masked; not at all when one of them has no mask. (Keras 1 and 2:
// where any input is masked.)
void merge_masks(LowerContext& cx);
// The same for concatenation: unmasked inputs count as seen everywhere; a place is masked when all its
// features are. (Keras 1 and 2: when one of them is.)
void concatenate_masks(LowerContext& cx, const ir::Values& inputs, std::int64_t axis);
// mask (batch, time) as a condition for x (batch, time, features).
ir::Value mask_for(ir::Value mask, ir::Value x);
// Sums of all inputs.
ir::Value merge_sum(const ir::Values& inputs);
// op over all inputs, masked values as well: what Keras 1 and 2 do.
ir::Value merge_before_3(LowerContext& cx, const char* op);
// op over all inputs, of the unmasked ones alone where masks are given: Maximum and Minimum.
ir::Value merge_extreme(LowerContext& cx, const char* op);
// Keras 1's modes "dot" and "cos", and the layer Dot.
ir::Value batch_dot(ir::Value a, ir::Value b, std::int64_t axis_a, std::int64_t axis_b, bool normalize);

}  // namespace keratin::keras
