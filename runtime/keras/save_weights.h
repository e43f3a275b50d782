// A model's values in a document: by object path, or by position as files up to Keras 2 have them.
#pragma once

#include "runtime/keras/save.h"

namespace keratin::keras {

void store_object_paths(Layer& model, Family family, serialization::ModelDocument& document);
// Below document.weights_root.
void store_by_position(Layer& model, Family family, serialization::ModelDocument& document);

}  // namespace keratin::keras
