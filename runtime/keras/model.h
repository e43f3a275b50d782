// From a document to a model: upgrade, layers, build, weights. And from a model to a graph.
#pragma once

#include "runtime/keras/functional.h"
#include "runtime/keras/report.h"
#include "runtime/keras/weights.h"
#include "serialization/document.h"

namespace keratin::keras {

// The Keras whose dialect a document's config speaks: 1, 2 (also tf.keras and tf_keras) or 3.
int generation_of(const serialization::ModelDocument& document);
// Marks all layers as that Keras'.
void set_generation(Layer& model, int generation);
// Brings a config of any vintage into Keras 3's dialect; what it changed goes to the report.
// Throws Error{corrupt_file, unsupported}.
Json upgrade_config(const serialization::ModelDocument& document, LoadReport& report);

// The opposite: layer_config in words that Keras 3 knows.
Json public_config(const Layer& layer);
// The same with nodes counted as Keras 3's files count them.
Json file_config(const Layer& model);

// The architecture, built, without values. Throws Error{unsupported} listing all unknown classes,
// Error{corrupt_file}.
LayerPtr make_model(const serialization::ModelDocument& document, LoadReport& report);
// "dense/kernel": gives variables Keras' paths, from the layers' names.
void name_variables(Layer& model);
// The model's inputs: Keras' names and types with symbolic dims.
std::vector<std::pair<std::string, ir::Type>> model_inputs(const Layer& model);
// Values for all variables that have none, by their initializers.
void initialise(Layer& model, std::uint64_t seed);
// Variables without a value, by path.
std::vector<std::string> unset_variables(const Layer& model);

// A model as a graph with symbolic dims: inputs and outputs by Keras' names.
struct LoweredModel {
  ir::Graph graph;
  std::vector<VariablePtr> variables;
  std::vector<ir::Value> losses;
};
LoweredModel lower_model(Layer& model, bool training);
// The same into a lowering of the caller's.
void lower_model_into(Lowering& lowering, Layer& model);
std::vector<std::string> model_input_names(const Layer& model);
std::vector<std::string> model_output_names(const Layer& model);

}  // namespace keratin::keras
