#include <algorithm>

#include "runtime/core/error.h"
#include "serialization/protobuf/convert.h"
#include "serialization/protobuf/parse.h"

namespace keratin::serialization::protobuf {
namespace {

template <class AttrMap>
TfAttrs to_attrs(AttrMap& from, const std::string& where);

TfFunctionName to_function_name(tf::NameAttrList& from, const std::string& where) {
  return {std::move(*from.mutable_name()), to_attrs(*from.mutable_attr(), where)};
}

TfList to_list(tf::AttrValue::ListValue& from, const std::string& where) {
  TfList list;
  for (std::string& s : *from.mutable_s()) list.strings.push_back(std::move(s));
  list.integers.assign(from.i().begin(), from.i().end());
  list.floats.assign(from.f().begin(), from.f().end());
  list.booleans.assign(from.b().begin(), from.b().end());
  for (const int type : from.type()) list.types.push_back(static_cast<TfType>(type));
  for (const auto& shape : from.shape()) list.shapes.push_back(to_shape(shape));
  for (auto& tensor : *from.mutable_tensor()) list.tensors.push_back(to_tensor_value(tensor, where));
  for (auto& function : *from.mutable_func()) list.functions.push_back(to_function_name(function, where));
  return list;
}

TfAttr to_attr(tf::AttrValue& from, const std::string& where) {
  switch (from.value_case()) {
    case tf::AttrValue::kList:
      return {to_list(*from.mutable_list(), where)};
    case tf::AttrValue::kS:
      return {std::move(*from.mutable_s())};
    case tf::AttrValue::kI:
      return {std::int64_t{from.i()}};
    case tf::AttrValue::kF:
      return {from.f()};
    case tf::AttrValue::kB:
      return {from.b()};
    case tf::AttrValue::kType:
      return {static_cast<TfType>(from.type())};
    case tf::AttrValue::kShape:
      return {to_shape(from.shape())};
    case tf::AttrValue::kTensor:
      return {to_tensor_value(*from.mutable_tensor(), where)};
    case tf::AttrValue::kFunc:
      return {to_function_name(*from.mutable_func(), where)};
    case tf::AttrValue::kPlaceholder:
      return {TfPlaceholder{from.placeholder()}};
    case tf::AttrValue::VALUE_NOT_SET:
      break;
  }
  return {};
}

template <class AttrMap>
TfAttrs to_attrs(AttrMap& from, const std::string& where) {
  TfAttrs attrs;
  for (auto& [key, value] : from) attrs.emplace(key, to_attr(value, where));
  return attrs;
}

TfNode to_node(tf::NodeDef& from, const std::string& where) {
  TfNode node;
  node.name = std::move(*from.mutable_name());
  node.op = std::move(*from.mutable_op());
  node.device = std::move(*from.mutable_device());
  for (std::string& input : *from.mutable_input()) node.inputs.push_back(std::move(input));
  try {
    node.attrs = to_attrs(*from.mutable_attr(), node.name);
  } catch (const Error& e) {  // not within(): its text would be built for every node
    fail(e.code(), where, " node \"", node.name, "\": ", e.what());
  }
  return node;
}

TfFunction to_function(tf::FunctionDef& from, const std::string& name) {
  TfFunction function;
  tf::OpDef& signature = *from.mutable_signature();
  function.name = signature.name();
  const std::string where = cat(name, ": function \"", function.name, "\"");
  const auto argument = [](const tf::OpDef::ArgDef& from) {
    return TfArgument{from.name(), static_cast<TfType>(from.type()), {}};
  };
  std::ranges::transform(signature.input_arg(), std::back_inserter(function.inputs), argument);
  std::ranges::transform(signature.output_arg(), std::back_inserter(function.outputs), argument);
  for (auto& [index, attrs] : *from.mutable_arg_attr())
    if (index < function.inputs.size()) function.inputs[index].attrs = to_attrs(*attrs.mutable_attr(), where);
  for (tf::NodeDef& node : *from.mutable_node_def()) function.nodes.push_back(to_node(node, where));
  function.returns.insert(from.ret().begin(), from.ret().end());
  function.control_returns.insert(from.control_ret().begin(), from.control_ret().end());
  function.attrs = to_attrs(*from.mutable_attr(), where);
  function.stateful = signature.is_stateful();
  return function;
}

}  // namespace

GraphDocument to_graph(tf::GraphDef& from, const std::string& name) {
  GraphDocument graph;
  graph.producer = from.versions().producer();
  graph.min_consumer = from.versions().min_consumer();
  for (tf::NodeDef& node : *from.mutable_node()) graph.nodes.push_back(to_node(node, name + ": graph"));
  for (tf::FunctionDef& function : *from.mutable_library()->mutable_function()) {
    TfFunction converted = to_function(function, name);
    std::string key = converted.name;
    const bool fresh = graph.functions.emplace(key, std::move(converted)).second;
    check(fresh, ErrorCode::corrupt_file, name, ": two functions are called \"", key, "\"");
  }
  for (const tf::RegisteredGradient& gradient : from.library().registered_gradients())
    graph.registered_gradients.emplace(gradient.registered_op_type(), gradient.gradient_func());
  return graph;
}

}  // namespace keratin::serialization::protobuf
