#include "runtime/keras/operands.h"

#include "runtime/core/error.h"
#include "runtime/core/half.h"
#include "runtime/core/shape.h"
#include "runtime/keras/promote.h"

namespace keratin::keras {

using ir::Value;

namespace {

double number_of(const Json& json) { return json.is_bool() ? double(json.as_bool()) : json.as_number(); }
bool is_plain_number(const Json& json) { return json.is_bool() || json.is_number(); }

void collect(const Json& json, std::size_t depth, Shape& shape, std::vector<double>& values, DType& dtype) {
  check(depth < 32, ErrorCode::corrupt_file, "a constant is nested too deeply");
  if (json.is_array()) {
    const auto size = static_cast<std::int64_t>(json.as_array().size());
    if (depth == shape.size()) shape.push_back(size);
    check(shape[depth] == size, ErrorCode::corrupt_file, "a constant's rows differ in length");
    for (const Json& item : json.as_array()) collect(item, depth + 1, shape, values, dtype);
    return;
  }
  check(is_plain_number(json) && (depth == shape.size() || values.empty()), ErrorCode::corrupt_file,
        "a constant holds something that is no number");
  values.push_back(number_of(json));
  dtype = weak(dtype, json);
}

}  // namespace

DType weak(DType dtype, const Json& number) {
  if (number.is_bool()) return dtype;
  return number.is_integer() ? promote_int(dtype) : promote_float(dtype);
}

DType dtype_of(const Json& json) {
  const Json* name = &json;
  if (const Json* config = json.find("config")) name = config->is_object() ? config->find("name") : config;
  check(name && name->is_string(), ErrorCode::corrupt_file, "a dtype is no name");
  const std::string& text = name->as_string();
  if (text == "float") return DType::float32;
  if (text == "int") return DType::int32;
  try {
    return parse_dtype(text);
  } catch (const Error&) {
    fail(ErrorCode::unsupported, "dtype \"", text, "\" is not supported");
  }
}

Value constant_of(ir::Graph& graph, const Json& json, std::optional<DType> wanted) {
  if (json.is_object()) {
    const Json& config = json.at("config");
    return constant_of(graph, config.at("value"), dtype_of(config.at("dtype")));
  }
  Shape shape;
  std::vector<double> values;
  DType dtype = DType::boolean;
  collect(json, 0, shape, values, dtype);
  check(static_cast<std::int64_t>(values.size()) == element_count(shape), ErrorCode::corrupt_file,
        "a constant's rows differ in depth");
  if (values.empty() && !wanted) dtype = DType::float32;
  Tensor tensor(wanted.value_or(dtype), shape);
  visit_dtype(tensor.dtype(), [&]<class T>() {
    for (std::size_t i = 0; i < values.size(); ++i)
      tensor.data<T>()[i] = T(static_cast<compute_t<T>>(values[i]));
  });
  return ir::constant(graph, std::move(tensor));
}

Value Operands::maybe(const char* name, std::size_t position) const {
  const Argument* found = cx_.argument(name, position);
  if (!found) {
    const Json* setting = config_.find(name);
    return setting && !setting->is_null() ? constant_of(graph(), *setting) : Value{};
  }
  if (found->is_tensor()) return found->tensor().value;
  if (std::holds_alternative<Json>(found->content)) return constant_of(graph(), found->json());
  std::vector<Traced> parts;  // a list of scalars and tensors becomes a tensor, as convert_to_tensor does
  found->flatten(parts);
  ir::Values values;
  for (const Traced& part : parts) values.push_back(ir::expand_dims(part.value, 0));
  return ir::concatenate(promoted(values), 0);
}

Value Operands::tensor(const char* name, std::size_t position) const {
  const Value value = maybe(name, position);
  check(bool(value), ErrorCode::corrupt_file, "operand ", name, " is missing");
  return value;
}

std::pair<Value, Value> Operands::pair(const char* a, const char* b, std::size_t position) const {
  auto number = [&](const char* name, std::size_t at) -> const Json* {
    const Argument* found = cx_.argument(name, at);
    const Json* json = found ? std::get_if<Json>(&found->content) : nullptr;
    return json && is_plain_number(*json) ? json : nullptr;
  };
  const Json *first = number(a, position), *second = number(b, position + 1);
  if (first && !second) {
    const Value y = tensor(b, position + 1);
    const DType dtype = weak(y.dtype(), *first);
    return {constant_of(graph(), *first, dtype), ir::cast(y, dtype)};
  }
  if (second && !first) {
    const Value x = tensor(a, position);
    const DType dtype = weak(x.dtype(), *second);
    return {ir::cast(x, dtype), constant_of(graph(), *second, dtype)};
  }
  const ir::Values both = promoted({tensor(a, position), tensor(b, position + 1)});
  return {both[0], both[1]};
}

Value Operands::like(Value x, const char* name, std::size_t position) const {
  const Value value = maybe(name, position);
  return value ? ir::cast(value, x.dtype()) : value;
}

ir::Values Operands::list(const char* name, std::size_t position) const {
  ir::Values values;
  const Argument* found = cx_.argument(name, position);
  check(found != nullptr, ErrorCode::corrupt_file, "operand ", name, " is missing");
  auto add = [&](const Argument& argument) {
    values.push_back(argument.is_tensor() ? argument.tensor().value : constant_of(graph(), argument.json()));
  };
  if (const auto* items = std::get_if<Argument::List>(&found->content)) {
    for (const Argument& item : *items) add(item);
  } else {
    for (std::size_t i = position; i < cx_.call.args.size(); ++i) add(cx_.call.args[i]);
    if (values.empty()) add(*found);
  }
  check(!values.empty(), ErrorCode::corrupt_file, "operand ", name, " is an empty list");
  return values;
}

const Json* Operands::find(const char* name, std::size_t position) const {
  auto known = [](const Json* json) { return json && !json->is_null() ? json : nullptr; };
  if (const Argument* found = cx_.call.find(name)) return known(&found->json());
  if (const Json* found = config_.find(name)) return known(found);
  if (position < cx_.call.args.size()) return known(&cx_.call.args[position].json());
  return nullptr;
}

std::int64_t Operands::integer(const char* name, std::int64_t fallback, std::size_t position) const {
  const Json* found = find(name, position);
  return found ? within(cat("\"", name, "\""), [&] { return found->as_integer(); }) : fallback;
}
double Operands::real(const char* name, double fallback, std::size_t position) const {
  const Json* found = find(name, position);
  return found ? within(cat("\"", name, "\""), [&] { return number_of(*found); }) : fallback;
}
bool Operands::flag(const char* name, bool fallback, std::size_t position) const {
  const Json* found = find(name, position);
  return found ? found->truthy() : fallback;
}
std::string Operands::text(const char* name, const char* fallback, std::size_t position) const {
  const Json* found = find(name, position);
  return found ? within(cat("\"", name, "\""), [&] { return found->as_string(); }) : fallback;
}

std::optional<ir::Ints> Operands::ints(const char* name, std::size_t position) const {
  const Json* found = find(name, position);
  if (!found) return std::nullopt;
  return within(cat("\"", name, "\""), [&] {
    if (!found->is_array()) return ir::Ints{found->as_integer()};
    ir::Ints values;
    for (const Json& item : found->as_array()) values.push_back(item.as_integer());
    return values;
  });
}

ir::Ints Operands::axes(const char* name, Value x, std::size_t position) const {
  const std::optional<ir::Ints> given = ints(name, position);
  ir::Ints found;
  if (!given)
    for (std::size_t i = 0; i < x.rank(); ++i) found.push_back(static_cast<std::int64_t>(i));
  else
    for (std::int64_t axis : *given) found.push_back(normalize_axis(axis, x.rank()));
  return found;
}

std::optional<DType> Operands::dtype(const char* name, std::size_t position) const {
  const Json* found = find(name, position);
  return found ? std::optional<DType>(dtype_of(*found)) : std::nullopt;
}

}  // namespace keratin::keras
