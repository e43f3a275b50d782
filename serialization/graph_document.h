// GraphDocument: TensorFlow's GraphDef and its functions as plain structs, free of protobuf.
// Read from and printed to bytes by the TensorFlow module; runtime/tensorflow turns it into our graph and
// back.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "keratin/tensor.h"

namespace keratin::serialization {

// TensorFlow's element types by their numbers on disk. Others keep their number.
enum class TfType : int {
  invalid = 0,
  float32 = 1,
  float64 = 2,
  int32 = 3,
  uint8 = 4,
  int16 = 5,
  int8 = 6,
  string = 7,
  complex64 = 8,
  int64 = 9,
  boolean = 10,
  bfloat16 = 14,
  uint16 = 17,
  complex128 = 18,
  float16 = 19,
  resource = 20,
  variant = 21,
  uint32 = 22,
  uint64 = 23,
};
std::optional<DType> dtype_of(TfType type);  // empty for what no Tensor holds (resource, complex64 …)
TfType tf_type_of(DType dtype);
std::string name_of(TfType type);  // "float32", "resource", "type 29"

struct TfShape {
  bool unknown_rank = false;
  std::vector<std::int64_t> dims;  // -1: not known
  friend bool operator==(const TfShape&, const TfShape&) = default;
};

// A constant as the file holds it: fewer elements than the shape means that the last one repeats.
struct TfTensor {
  TfType type = TfType::invalid;
  Shape shape;
  std::string content;               // raw little-endian elements
  std::vector<std::string> strings;  // the elements of a string tensor
  // Elements given in the file.
  std::size_t given() const;
};
// The whole tensor. Throws Error{corrupt_file} when content does not fit the shape, and when a repeated value
// would make more than 64 MiB of nothing.
Tensor to_tensor(const TfTensor& value, const std::string& where);
TfTensor to_tf_tensor(const Tensor& value);

struct TfAttr;
using TfAttrs = std::map<std::string, TfAttr>;
struct TfFunctionName {
  std::string name;
  TfAttrs attrs;
};
struct TfList {
  std::vector<std::string> strings;
  std::vector<std::int64_t> integers;
  std::vector<float> floats;
  std::vector<bool> booleans;
  std::vector<TfType> types;
  std::vector<TfShape> shapes;
  std::vector<TfTensor> tensors;
  std::vector<TfFunctionName> functions;
};
struct TfPlaceholder {
  std::string name;  // the attribute of the function that stands here
};
struct TfAttr {
  std::variant<std::monostate, std::string, std::int64_t, float, bool, TfType, TfShape, TfTensor, TfList,
               TfFunctionName, TfPlaceholder>
      value;
};

struct TfNode {
  std::string name;
  std::string op;
  std::vector<std::string>
      inputs;  // "node", "node:1", "^control"; in functions "node:output:0" and bare arguments
  std::string device;
  TfAttrs attrs;
};

struct TfArgument {
  std::string name;
  TfType type = TfType::invalid;
  TfAttrs attrs;  // _user_specified_name …; only arguments have some
};

struct TfFunction {
  std::string name;
  std::vector<TfArgument> inputs;
  std::vector<TfArgument> outputs;
  std::vector<TfNode> nodes;
  std::map<std::string, std::string> returns;          // output -> "node:output:0" or an argument
  std::map<std::string, std::string> control_returns;  // name -> node that must run
  TfAttrs attrs;
  bool stateful = false;
};

struct GraphDocument {
  std::vector<TfNode> nodes;
  std::map<std::string, TfFunction> functions;
  std::map<std::string, std::string> registered_gradients;  // op type -> gradient function
  int producer = 0;
  int min_consumer = 0;
};

}  // namespace keratin::serialization
