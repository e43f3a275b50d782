// Body: the nodes of a function or of the main graph, with names resolved and in an order that can be run.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "serialization/graph_document.h"

namespace keratin::tensorflow {

// "^node" · "argument" · "node:2" (main graph) · "node:output:0" (functions)
struct Reference {
  std::string_view node;
  std::string_view output;  // empty outside of functions
  int index = 0;
  bool control = false;
};
// Throws Error{corrupt_file}.
Reference parse_reference(std::string_view text, const std::string& where);

// Everything points into the document.
class Body {
 public:
  Body(const serialization::TfFunction& function, std::string where);
  // Of the main graph, the nodes that `fetches` ("node:0") need.
  Body(const serialization::GraphDocument& graph, const std::vector<std::string>& fetches, std::string where);

  const std::string& where() const { return where_; }
  bool is_argument(std::string_view name) const { return arguments_.count(name) != 0; }
  // A node that order() holds.
  const serialization::TfNode& find(std::string_view name) const { return *nodes_.at(name); }
  // The nodes that results and control results need, each after its inputs.
  const std::vector<const serialization::TfNode*>& order() const { return order_; }

 private:
  void index(std::span<const serialization::TfNode> nodes);
  void sort(const std::vector<std::string_view>& roots);

  std::string where_;
  std::set<std::string_view> arguments_;
  std::unordered_map<std::string_view, const serialization::TfNode*> nodes_;
  std::vector<const serialization::TfNode*> order_;
};

// The ops below a function, and the functions it calls, that have no import row: op -> the first node with
// it.
std::map<std::string, std::string> unknown_ops(const serialization::GraphDocument& graph,
                                               const std::string& function, const std::string& file);
// The function called name. Throws Error{corrupt_file}.
const serialization::TfFunction& find_function(const serialization::GraphDocument& graph,
                                               const std::string& name, const std::string& where);

}  // namespace keratin::tensorflow
