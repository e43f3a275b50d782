// From a model to a document that a format's writer takes.
#pragma once

#include "runtime/keras/layer.h"
#include "serialization/document.h"

namespace keratin::keras {

// Whose files: Keras 3's, or those of tf.keras 2.15, which tf_keras reads as well.
enum class Family { keras_3, tf_keras };

struct SaveForm {
  Family family = Family::keras_3;
  serialization::WeightsLayout layout = serialization::WeightsLayout::v3;  // none: an architecture
  bool config = true;                                                      // false: weights alone
};

// Reads variables that are still in a file when written. Throws Error{unsupported} naming the layer that the
// family has no words for, or computes by another rule.
serialization::ModelDocument make_document(Layer& model, const SaveForm& form = {});
// A value on its way into a file.
serialization::TensorEntry entry_of(const Tensor& value);

}  // namespace keratin::keras
