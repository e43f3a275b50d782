#include "runtime/tensorflow/body_emitter.h"

#include <algorithm>
#include <cctype>

#include "runtime/core/error.h"
#include "runtime/tensorflow/emit_row.h"
#include "runtime/tensorflow/import_row.h"

namespace keratin::tensorflow {

using serialization::TfAttr;
using serialization::TfAttrs;
using serialization::TfNode;
using serialization::TfType;

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

Tensor int32_vector(const std::vector<std::int64_t>& values) {
  Tensor tensor(DType::int32, {static_cast<std::int64_t>(values.size())});
  for (std::size_t i = 0; i < values.size(); ++i) {
    check(values[i] == static_cast<std::int32_t>(values[i]), ErrorCode::unsupported, "the size ", values[i],
          " is beyond the 32 bits that it is written with");
    tensor.data<std::int32_t>()[i] = static_cast<std::int32_t>(values[i]);
  }
  return tensor;
}

Tensor scalar_of(std::int64_t value, DType dtype) {
  const Tensor tensor = int32_vector({value}).reshape({});
  if (dtype == DType::int32) return tensor;
  Tensor wide(DType::int64, {});
  *wide.data<std::int64_t>() = value;
  return wide;
}

}  // namespace

TfAttr type_attr(DType dtype) { return {serialization::tf_type_of(dtype)}; }

std::string Names::unique(std::string name) {
  std::string candidate = name;
  for (int i = 1; !given_.insert(candidate).second; ++i) candidate = cat(name, "_", i);
  return candidate;
}

std::string Names::argument(const std::string& wanted) {
  std::string name;
  for (const char c : wanted)
    name += is_letter(c)  ? static_cast<char>(std::tolower(static_cast<unsigned char>(c)))
            : is_digit(c) ? c
                          : '_';
  if (name.empty() || !is_letter(name[0])) name = "x" + name;
  return unique(std::move(name));
}

std::string Names::node(const std::string& wanted) {
  std::string name;
  for (const char c : wanted)
    name +=
        is_letter(c) || is_digit(c) || (c == '_' && !name.empty()) || c == '.' || (c == '/' && !name.empty())
            ? c
            : '.';
  return unique(name.empty() ? "node" : std::move(name));
}

std::string BodyEmitter::argument(const std::string& wanted, const ir::Type& type) {
  const std::string name = names_.argument(wanted);
  const TfType tf_type = serialization::tf_type_of(type.dtype);
  function_.inputs.push_back({name, tf_type, {{"_user_specified_name", TfAttr{wanted}}}});
  for (std::size_t axis = 0; axis < type.rank(); ++axis)
    if (!type.shape[axis].is_constant())
      symbols_.emplace(type.shape[axis].to_string(), Source{name, tf_type, static_cast<std::int64_t>(axis)});
  return name;
}

std::string BodyEmitter::resource(const std::string& wanted) {
  const std::string name = names_.argument(wanted);
  function_.inputs.push_back({name, TfType::resource, {{"_user_specified_name", TfAttr{wanted}}}});
  return name;
}

std::string BodyEmitter::add(const std::string& op, std::vector<std::string> inputs, TfAttrs attrs) {
  const ImportRow* row = find_import_row(op);
  assume(row != nullptr, "a TensorFlow op is written that has no row to read it back");
  const std::string name = names_.node(op);
  function_.nodes.push_back({name, op, std::move(inputs), "", std::move(attrs)});
  const std::string_view outputs = row->outputs;
  return outputs.empty() ? "^" + name : cat(name, ":", outputs.substr(0, outputs.find(' ')), ":0");
}

std::string BodyEmitter::constant(const Tensor& value) {
  return add("Const", {},
             {{"dtype", type_attr(value.dtype())}, {"value", TfAttr{serialization::to_tf_tensor(value)}}});
}

std::string BodyEmitter::integers(const std::vector<std::int64_t>& values) {
  return constant(int32_vector(values));
}

std::string BodyEmitter::shape(const ir::Dims& dims) {
  if (ir::is_static(dims)) return integers(ir::to_shape(dims));
  std::vector<std::string> parts;
  for (const ir::Dim& each : dims) parts.push_back(dim(each, DType::int32));
  const auto count = static_cast<std::int64_t>(parts.size());
  return add("Pack", std::move(parts),
             {{"T", type_attr(DType::int32)}, {"N", TfAttr{count}}, {"axis", TfAttr{std::int64_t{0}}}});
}

std::string BodyEmitter::dim(const ir::Dim& dim, DType dtype) {
  if (dim.is_constant()) return constant(scalar_of(dim.value(), dtype));
  const std::string text = dim.to_string();
  std::string& known = known_[cat(text, " ", name_of(dtype))];
  if (!known.empty()) return known;
  const auto source = symbols_.find(text);
  check(source != symbols_.end(), ErrorCode::unsupported, "the size ", text,
        " is no dimension of an input; only those are written as TensorFlow nodes");
  const std::string shape = add("Shape", {source->second.argument},
                                {{"T", TfAttr{source->second.type}}, {"out_type", type_attr(dtype)}});
  const std::int64_t axis = source->second.axis;
  return known = add("StridedSlice", {shape, integers({axis}), integers({axis + 1}), integers({1})},
                     {{"T", type_attr(dtype)},
                      {"Index", type_attr(DType::int32)},
                      {"shrink_axis_mask", TfAttr{std::int64_t{1}}}});
}

}  // namespace keratin::tensorflow
