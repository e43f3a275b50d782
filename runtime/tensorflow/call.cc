#include <unordered_map>

#include "runtime/core/error.h"
#include "runtime/tensorflow/function_importer.h"
#include "runtime/tensorflow/import_row.h"

namespace keratin::tensorflow {

using serialization::TfAttr;
using serialization::TfType;

ir::Value materialise(ir::Graph& graph, const Known& known) {
  if (ir::is_static(known.numbers)) {
    Tensor tensor(known.dtype,
                  known.vector ? Shape{static_cast<std::int64_t>(known.numbers.size())} : Shape{});
    for (std::size_t i = 0; i < known.numbers.size(); ++i) {
      const std::int64_t number = known.numbers[i].value();
      if (known.dtype == DType::int64)
        tensor.data<std::int64_t>()[i] = number;
      else
        tensor.data<std::int32_t>()[i] = static_cast<std::int32_t>(number);
    }
    return ir::constant(graph, std::move(tensor));
  }
  if (!known.vector) return ir::dimension(graph, known.numbers[0], known.dtype);
  ir::Values parts;
  for (const ir::Dim& number : known.numbers)
    parts.push_back(ir::reshape(ir::dimension(graph, number, known.dtype), {1}));
  return ir::concatenate(std::move(parts), 0);
}

void Call::refuse(const std::string& why) const {
  fail(ErrorCode::unsupported, importer.where(node), ": ", why);
}

void Call::expect_inputs(std::size_t count) const {
  check(inputs.size() == count, ErrorCode::corrupt_file, importer.where(node), ": ", inputs.size(),
        " inputs, expected ", count);
}

ir::Value Call::value(std::size_t input) const {
  check(input < inputs.size(), ErrorCode::corrupt_file, importer.where(node), ": ", inputs.size(),
        " inputs, expected more");
  const Item& item = inputs[input];
  if (item.value) return item.value;
  if (item.known) return materialise(graph, *item.known);
  refuse(cat("input ", input, " is a variable itself, not its value"));
}

std::size_t Call::variable(std::size_t input) const {
  check(input < inputs.size(), ErrorCode::corrupt_file, importer.where(node), ": no input ", input);
  if (!inputs[input].variable) refuse(cat("input ", input, " is no variable"));
  return *inputs[input].variable;
}

const ir::Dims* Call::known(std::size_t input) const {
  return input < inputs.size() && inputs[input].known ? &inputs[input].known->numbers : nullptr;
}

const ir::Dims& Call::numbers(std::size_t input) const {
  const ir::Dims* dims = known(input);
  if (!dims)
    refuse(cat("input ", input, " is computed from data; only shapes and constants can stand there"));
  return *dims;
}

ir::Ints Call::integers(std::size_t input) const {
  const ir::Dims& dims = numbers(input);
  if (!ir::is_static(dims))
    refuse(cat("input ", input, " depends on the batch; constants are expected there"));
  return ir::to_shape(dims);
}

std::int64_t Call::integer_at(std::size_t input) const {
  const ir::Ints found = integers(input);
  if (found.size() != 1) refuse(cat("input ", input, " holds ", found.size(), " numbers, expected one"));
  return found[0];
}

const TfAttr* Call::find(std::string_view attr) const {
  const auto found = node.attrs.find(std::string(attr));
  return found == node.attrs.end() ? nullptr : &found->second;
}

namespace {

template <class T>
T attr_or(const Call& call, std::string_view attr, T fallback, const char* what) {
  const TfAttr* found = call.find(attr);
  if (!found) return fallback;
  const T* value = std::get_if<T>(&found->value);
  check(value != nullptr, ErrorCode::corrupt_file, call.importer.where(call.node), ": attribute \"", attr,
        "\" is no ", what);
  return *value;
}

}  // namespace

bool Call::boolean(std::string_view attr, bool fallback) const {
  return attr_or(*this, attr, fallback, "bool");
}
std::int64_t Call::integer(std::string_view attr, std::int64_t fallback) const {
  return attr_or(*this, attr, fallback, "integer");
}
double Call::real(std::string_view attr, double fallback) const {
  return attr_or(*this, attr, static_cast<float>(fallback), "number");
}
std::string Call::text(std::string_view attr, std::string_view fallback) const {
  return attr_or(*this, attr, std::string(fallback), "string");
}

DType Call::dtype(std::string_view attr) const {
  const TfType type = attr_or(*this, attr, TfType::invalid, "type");
  const std::optional<DType> dtype = serialization::dtype_of(type);
  if (!dtype || *dtype == DType::string) refuse(cat("computes with ", name_of(type)));
  return *dtype;
}

const ImportRow* find_import_row(std::string_view op) {
  static const auto table = [] {
    std::unordered_map<std::string_view, const ImportRow*> rows;
    for (const ImportFamily* family : registry_tf_import())
      for (const ImportRow& row : family->rows)
        assume(rows.emplace(row.op, &row).second, "two rows import the same TensorFlow op");
    return rows;
  }();
  const auto found = table.find(op);
  return found == table.end() ? nullptr : found->second;
}

int output_position(const ImportRow& row, std::string_view name) {
  int position = 0;
  for (std::string_view names = row.outputs; !names.empty(); ++position) {
    const std::size_t end = std::min(names.find(' '), names.size());
    if (names.substr(0, end) == name) return position;
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return -1;
}

}  // namespace keratin::tensorflow
