// Imports one traced function of a SavedModel, with everything it calls, as a graph of ours.
// Used by load_graph, revived layers and check.
#pragma once

#include <string>
#include <vector>

#include "runtime/ir/graph.h"
#include "serialization/saved_model.h"

namespace keratin::tensorflow {

struct ImportedFunction {
  ir::Graph graph;             // inputs and outputs named as the signature names them; batch is the symbol B
  std::vector<int> variables;  // per Graph::variables: its object in the SavedModel
};

// The traced functions of the object that an edge path leads to ("signatures/serving_default", "__call__",
// "dense/__call__"), in file order. Throws Error{invalid_argument} when the path leads to no function.
std::vector<std::string> concrete_functions(const serialization::SavedModelDocument& document,
                                            const std::string& path);
// Throws Error{unsupported} that lists every unknown op at once, Error{corrupt_file}.
ImportedFunction import_function(const serialization::SavedModelDocument& document, const std::string& name);
// Reads a variable's value and verifies its checksum. Throws Error{corrupt_file}.
Tensor read_variable(const serialization::SavedModelDocument& document, int object);

}  // namespace keratin::tensorflow
