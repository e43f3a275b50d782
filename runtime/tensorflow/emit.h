// Writes a graph of ours as a TensorFlow function with a main graph around it that calls it.
// Used by the SavedModel writer.
#pragma once

#include <map>
#include <string>

#include "runtime/ir/graph.h"
#include "serialization/saved_model.h"

namespace keratin::tensorflow {

struct EmittedFunction {
  serialization::GraphDocument
      graph;  // the function in the library; placeholders, handles and one call outside
  serialization::TfSignature signature;          // the graph's input and output names -> "node:0"
  std::map<std::string, std::string> variables;  // variable name -> the node that is its handle
};

// name: of the function. Throws Error{unsupported} that lists all ops which have neither a row nor a
// decomposition.
EmittedFunction emit_function(const ir::Graph& graph, const std::string& name);

}  // namespace keratin::tensorflow
