// From a model to a document that a format's writer takes.
#pragma once

#include "runtime/keras/layer.h"
#include "serialization/document.h"

namespace keratin::keras {

// Keras 3's dialect: config, and weights by object path. Reads variables that are still in a file when
// written.
serialization::ModelDocument make_document(Layer& model);
// A value on its way into a file.
serialization::TensorEntry entry_of(const Tensor& value);

}  // namespace keratin::keras
