// From a model to a document that a format's writer takes.
#pragma once

#include "runtime/keras/layer.h"
#include "serialization/document.h"

namespace keratin::keras {

// Keras 3's dialect: config, and weights by object path. Reads variables that are still in a file when
// written.
serialization::ModelDocument make_document(Layer& model);
// A variable's value, as it is now, on its way into a file.
serialization::TensorEntry entry_of(const VariablePtr& variable);

}  // namespace keratin::keras
