// Weights between a model's layers and a file: Keras 3's object paths, and the older lists by position or
// name.
#pragma once

#include "runtime/keras/layer.h"
#include "runtime/keras/report.h"
#include "serialization/document.h"

namespace keratin::keras {

struct WeightOptions {
  bool by_name = false;        // legacy files: pair layers by name, leave the others as they are
  bool skip_mismatch = false;  // leave variables whose shape differs as they are
};

// What a file has for a variable. A load assigns all of them or, when something doesn't fit, none.
struct FoundValue {
  VariablePtr variable;
  std::string where;
  serialization::TensorEntry entry;
};
using FoundValues = std::vector<FoundValue>;

// Points the model's variables at the file's tensors. The model must be built.
// mismatch: the code of a wrong count or shape, corrupt_file for the model's own file, data_mismatch for
// another's. Throws that Error naming the layer; unset variables are only reported.
void load_weights(Layer& model, const serialization::ModelDocument& document, const WeightOptions& options,
                  ErrorCode mismatch, LoadReport& report);

// "BatchNormalization" -> "batch_normalization", as Keras names groups.
std::string snake_case(const std::string& class_name);

// Visits every layer with its path in .weights.h5 ("layers/dense"), shared ones once, as Keras 3 walks.
void walk_object_paths(Layer& model, const std::function<void(Layer&, const std::string& path)>& visit);
// The same as tf.keras 2.15 and tf_keras walk: they don't count layers that they have met before.
void walk_tf_keras_paths(Layer& model, const std::function<void(Layer&, const std::string& path)>& visit);
// Own variables that a file stores, in file order.
std::vector<VariablePtr> stored_variables(const Layer& layer);

}  // namespace keratin::keras
