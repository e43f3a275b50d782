// The cross-entropies of classes and of bits, of logits or probabilities, with TensorFlow's gradients.
#pragma once

#include "runtime/train/loss.h"

namespace keratin::train {

// Where y_pred comes right out of a softmax or sigmoid, Keras takes that op's input instead of y_pred.
struct Logits {
  ir::Value value;
  bool from_logits;
};
Logits logits_of(ir::Value y_pred, bool from_logits);

struct CrossEntropyConfig {
  bool from_logits;
  keras::Number label_smoothing;
  std::int64_t axis;

  template <class V>
  void describe(V& v) {
    v("from_logits", from_logits, false);
    v("label_smoothing", label_smoothing, 0.0);
    v("axis", axis, -1);
  }
};

// Of y_true (a distribution along axis), one value per sample.
ir::Value categorical_cross_entropy(ir::Value y_true, ir::Value y_pred, bool from_logits, std::int64_t axis);
// The same for each bit.
ir::Value binary_cross_entropy(LossContext& cx, ir::Value y_true, ir::Value y_pred, bool from_logits);
// Probabilities that sum up to 1 along axis, at least epsilon from 0 and 1.
ir::Value normalized_probabilities(ir::Value y_pred, std::int64_t axis);
// y_true (1 - smoothing) + smoothing / (the number of classes, along axis).
ir::Value smooth_classes(ir::Value y_true, double smoothing, std::int64_t axis);
ir::Value smooth_bits(ir::Value y_true, double smoothing);

}  // namespace keratin::train
