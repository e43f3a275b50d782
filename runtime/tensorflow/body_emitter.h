// BodyEmitter: builds the body of one TensorFlow function, node by node.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "runtime/ir/graph.h"
#include "serialization/graph_document.h"

namespace keratin::tensorflow {

// Names that TensorFlow accepts for arguments and nodes; each is given once.
class Names {
 public:
  std::string argument(const std::string& wanted);  // [a-z][a-z0-9_]*
  std::string node(const std::string& wanted);      // [A-Za-z0-9.][A-Za-z0-9_./-]*

 private:
  std::string unique(std::string name);
  std::set<std::string> given_;
};

class BodyEmitter {
 public:
  explicit BodyEmitter(serialization::TfFunction& function) : function_(function) {}

  // A new argument of the function; a tensor's symbolic dims become known by it.
  std::string argument(const std::string& name, const ir::Type& type);
  std::string resource(const std::string& name);
  // A node, named after its op; returns the reference to its first result. The op must have an import row,
  // which knows how its results are called.
  std::string add(const std::string& op, std::vector<std::string> inputs, serialization::TfAttrs attrs = {});
  std::string constant(const Tensor& value);
  // A list of integers as an int32 constant.
  std::string integers(const std::vector<std::int64_t>& values);
  // Dims as an int32 vector: a constant, or put together from the shapes of the arguments.
  std::string shape(const ir::Dims& dims);
  // One dim as a scalar of dtype int32 or int64.
  std::string dim(const ir::Dim& dim, DType dtype);

 private:
  struct Source {
    std::string argument;
    serialization::TfType type;
    std::int64_t axis;
  };
  serialization::TfFunction& function_;
  Names names_;
  std::map<std::string, Source> symbols_;     // a dim's text -> an argument's axis that has it
  std::map<std::string, std::string> known_;  // emitted before: dim -> reference
};

serialization::TfAttr type_attr(DType dtype);

}  // namespace keratin::tensorflow
