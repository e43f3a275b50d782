// The way back from Keras 3's dialect to that of tf.keras 2.15, which tf_keras reads, too. Structure (models,
// nodes) and names (classes, keys, values) have a file each, as in upgrade.h.
#pragma once

#include "runtime/keras/layer.h"

namespace keratin::keras {

// A model's object form. modules: as .keras files name classes; else as h5 files and JSON do.
// Throws Error{unsupported} naming the layer for which tf.keras has no words.
Json tf_keras_config(const Layer& model, bool modules);

// Class, keys and values of one layer's object form; the layers inside are left as they are.
void downgrade_names(Json& object);
// Keras 3's {"args", "kwargs"} calls of a functional model as lists of [layer, node, tensor, keywords], and
// nodes of models inside counted from 1. generation: of the Keras whose calls they are.
void downgrade_nodes(Json& config, int generation);

}  // namespace keratin::keras
