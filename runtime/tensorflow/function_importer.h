// FunctionImporter: copies bodies of TensorFlow functions into one graph of ours, calls inlined.
#pragma once

#include <string>

#include "runtime/tensorflow/body.h"
#include "runtime/tensorflow/import_row.h"

namespace keratin::tensorflow {

class FunctionImporter {
 public:
  FunctionImporter(const serialization::GraphDocument& document, std::string file, ir::Graph& graph)
      : document_(document), file_(std::move(file)), graph_(graph) {}

  // Adds the function's nodes; returns its results in the order of its signature.
  // Throws Error{unsupported, corrupt_file} naming function and node.
  Items call(const std::string& function, const Items& arguments);

  // "model: function "f" node "n" (MatMul)": the start of messages.
  std::string where(const serialization::TfNode& node) const;

 private:
  Items import_node(const Body& body, const serialization::TfNode& node,
                    const std::unordered_map<std::string_view, Items>& done);

  const serialization::GraphDocument& document_;
  std::string file_;
  ir::Graph& graph_;
  std::vector<const Body*> stack_;
  std::size_t nodes_ = 0;
};

}  // namespace keratin::tensorflow
