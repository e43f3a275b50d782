// SavedModelDocument: a SavedModel folder as plain structs. Reading one touches no weight.
// Used by runtime/tensorflow and by the Keras loader.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "serialization/checkpoint.h"
#include "serialization/graph_document.h"

namespace keratin::serialization {

// A nested Python structure: the arguments or results of a traced function.
struct TensorSpec {
  std::string name;
  TfShape shape;
  TfType type = TfType::invalid;
};
struct TypeSpec {
  std::string name;  // RaggedTensorSpec …
};
struct Structure;
struct StructureNode {
  enum class Kind { none, list, tuple, dict, named_tuple };
  Kind kind = Kind::none;
  std::string name;               // of a named tuple
  std::vector<std::string> keys;  // of a dict (sorted) or a named tuple
  std::vector<Structure> values;
};
struct Structure {
  std::variant<StructureNode, double, std::int64_t, std::string, bool, TfShape, TfType, TensorSpec, TypeSpec,
               TfTensor>
      value;
  // Every TensorSpec in TensorFlow's flattening order: dicts by key.
  std::vector<TensorSpec> tensors() const;
};

struct TfTensorInfo {
  std::string name;  // "serving_default_x:0"
  TfType type = TfType::invalid;
  TfShape shape;
};
struct TfSignature {
  std::map<std::string, TfTensorInfo> inputs;
  std::map<std::string, TfTensorInfo> outputs;
  std::string method_name;
};

struct SavedUserObject {
  std::string identifier, metadata;
  int producer = 0, min_consumer = 0;
};
struct SavedAsset {
  int index = 0;
};
struct SavedFunction {
  std::vector<std::string> concrete_functions;
  Structure argument_spec;
};
struct SavedVariable {
  std::string name;
  TfType type = TfType::invalid;
  TfShape shape;
  bool trainable = false;
};
struct SavedBareFunction {
  std::string concrete_function;
  std::vector<std::string> keywords;
  std::int64_t positional = 0;
};
struct SavedConstant {
  std::string operation;
};
struct SavedResource {
  std::string device;
};
struct SavedCapture {
  std::string name, concrete_function;
};

struct SavedObject {
  std::vector<ObjectEdge> children;
  std::vector<SlotEdge> slots;
  std::variant<std::monostate, SavedUserObject, SavedAsset, SavedFunction, SavedVariable, SavedBareFunction,
               SavedConstant, SavedResource, SavedCapture>
      kind;
};

struct SavedConcreteFunction {
  std::vector<int> bound_inputs;  // node ids, in the order of the function's last arguments
  Structure arguments;            // tuple(tuple(positional), dict(keyword))
  Structure results;
};

struct MetaGraph {
  std::vector<std::string> tags;
  std::string tensorflow_version;
  GraphDocument graph;
  std::map<std::string, TfSignature> signatures;
  std::vector<std::string> assets;  // file names below assets/
  std::string saver_filename, saver_save, saver_restore;
  std::vector<SavedObject> objects;  // node 0 is the root; empty in files of TF 1
  std::map<std::string, SavedConcreteFunction> concrete_functions;
};

struct SavedModelDocument {
  std::string file;  // the folder as the user named it
  MetaGraph meta;
  CheckpointDocument variables;
  std::map<int, std::string> variable_keys;  // variable node of meta.objects -> key in variables.directory
};

// Throws Error{corrupt_file, unsupported, io}. Of several meta graphs the one tagged exactly {"serve"} is
// read.
SavedModelDocument read_saved_model(const std::string& folder);
// Follows an edge path such as "dense/kernel" from the root; -1 when there is none.
int find_object(const MetaGraph& meta, const std::string& path);
// Per object, the edges that lead to it, joined by '/': the shortest way over attributes; Keras' book-keeping
// (keras_api, variables, signatures …) is gone through only for what nothing else leads to.
std::map<int, std::string> object_paths(const MetaGraph& meta);

}  // namespace keratin::serialization
