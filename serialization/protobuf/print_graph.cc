// The way back: GraphDocument to GraphDef.
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <type_traits>

#include "runtime/core/error.h"
#include "serialization/protobuf/convert.h"
#include "serialization/protobuf/parse.h"

namespace keratin::serialization::protobuf {
namespace {

constexpr std::size_t most_repeated_bytes = std::size_t{64} << 20;

template <class AttrMap>
void from_attrs(const TfAttrs& from, AttrMap& to);

void from_shape(const TfShape& from, tf::TensorShapeProto& to) {
  to.set_unknown_rank(from.unknown_rank);
  for (const std::int64_t dim : from.dims) to.add_dim()->set_size(dim);
}

// TensorFlow repeats the last element of typed fields only; tensor_content must be whole.
std::string whole_content(const TfTensor& from) {
  std::size_t bytes = element_size(from.type);
  for (const std::int64_t dim : from.shape) bytes *= static_cast<std::size_t>(dim);
  std::string content = from.content;
  if (content.size() >= bytes) return content;
  check(bytes <= most_repeated_bytes, ErrorCode::unsupported, "a constant repeats one element over ", bytes,
        " bytes; at most 64 MiB are written out");
  const std::size_t size = element_size(from.type);
  const std::string last = content.empty() ? std::string(size, '\0') : content.substr(content.size() - size);
  while (content.size() < bytes) content += last;
  return content;
}

void from_tensor(const TfTensor& from, tf::TensorProto& to) {
  to.set_dtype(static_cast<int>(from.type));
  to.mutable_tensor_shape();
  for (const std::int64_t dim : from.shape) to.mutable_tensor_shape()->add_dim()->set_size(dim);
  to.set_tensor_content(whole_content(from));
  for (const std::string& element : from.strings) to.add_string_val(element);
}

void from_function_name(const TfFunctionName& from, tf::NameAttrList& to) {
  to.set_name(from.name);
  from_attrs(from.attrs, *to.mutable_attr());
}

void from_list(const TfList& from, tf::AttrValue::ListValue& to) {
  for (const std::string& s : from.strings) to.add_s(s);
  for (const std::int64_t i : from.integers) to.add_i(i);
  for (const float f : from.floats) to.add_f(f);
  for (const bool b : from.booleans) to.add_b(b);
  for (const TfType type : from.types) to.add_type(static_cast<int>(type));
  for (const TfShape& shape : from.shapes) from_shape(shape, *to.add_shape());
  for (const TfTensor& tensor : from.tensors) from_tensor(tensor, *to.add_tensor());
  for (const TfFunctionName& function : from.functions) from_function_name(function, *to.add_func());
}

struct AttrPrinter {
  tf::AttrValue& to;
  void operator()(std::monostate) const {}
  void operator()(const std::string& v) const { to.set_s(v); }
  void operator()(std::int64_t v) const { to.set_i(v); }
  void operator()(float v) const { to.set_f(v); }
  void operator()(bool v) const { to.set_b(v); }
  void operator()(TfType v) const { to.set_type(static_cast<int>(v)); }
  void operator()(const TfShape& v) const { from_shape(v, *to.mutable_shape()); }
  void operator()(const TfTensor& v) const { from_tensor(v, *to.mutable_tensor()); }
  void operator()(const TfList& v) const { from_list(v, *to.mutable_list()); }
  void operator()(const TfFunctionName& v) const { from_function_name(v, *to.mutable_func()); }
  void operator()(const TfPlaceholder& v) const { to.set_placeholder(v.name); }
};

template <class AttrMap>
void from_attrs(const TfAttrs& from, AttrMap& to) {
  for (const auto& [key, attr] : from) std::visit(AttrPrinter{to[key]}, attr.value);
}

void from_node(const TfNode& from, tf::NodeDef& to) {
  to.set_name(from.name);
  to.set_op(from.op);
  to.set_device(from.device);
  for (const std::string& input : from.inputs) to.add_input(input);
  from_attrs(from.attrs, *to.mutable_attr());
}

void from_function(const TfFunction& from, tf::FunctionDef& to) {
  tf::OpDef& signature = *to.mutable_signature();
  signature.set_name(from.name);
  signature.set_is_stateful(from.stateful);
  for (std::size_t i = 0; i < from.inputs.size(); ++i) {
    const TfArgument& input = from.inputs[i];
    tf::OpDef::ArgDef& arg = *signature.add_input_arg();
    arg.set_name(input.name);
    arg.set_type(static_cast<int>(input.type));
    if (!input.attrs.empty())
      from_attrs(input.attrs, *(*to.mutable_arg_attr())[static_cast<std::uint32_t>(i)].mutable_attr());
  }
  for (const TfArgument& output : from.outputs) {
    tf::OpDef::ArgDef& arg = *signature.add_output_arg();
    arg.set_name(output.name);
    arg.set_type(static_cast<int>(output.type));
  }
  for (const TfNode& node : from.nodes) from_node(node, *to.add_node_def());
  for (const auto& [name, value] : from.returns) (*to.mutable_ret())[name] = value;
  for (const auto& [name, value] : from.control_returns) {
    (*to.mutable_control_ret())[name] = value;
    signature.add_control_output(name);
  }
  from_attrs(from.attrs, *to.mutable_attr());
}

}  // namespace

void from_graph(const GraphDocument& from, tf::GraphDef& to) {
  for (const TfNode& node : from.nodes) from_node(node, *to.add_node());
  for (const auto& [name, function] : from.functions)
    from_function(function, *to.mutable_library()->add_function());
  for (const auto& [op, function] : from.registered_gradients) {
    tf::RegisteredGradient& gradient = *to.mutable_library()->add_registered_gradients();
    gradient.set_registered_op_type(op);
    gradient.set_gradient_func(function);
  }
  to.mutable_versions()->set_producer(from.producer);
  to.mutable_versions()->set_min_consumer(from.min_consumer);
}

std::vector<std::byte> print(const google::protobuf::MessageLite& message) {
  std::string text;
  {
    google::protobuf::io::StringOutputStream stream(&text);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    check(message.SerializeToCodedStream(&coded), ErrorCode::unsupported, message.GetTypeName(),
          " is larger than a protobuf message can be (2 GiB)");
  }
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  return {bytes, bytes + text.size()};
}

}  // namespace keratin::serialization::protobuf
