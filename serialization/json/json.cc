#include "serialization/json/json.h"

#include <cmath>

#include "runtime/core/error.h"

namespace keratin::serialization {
namespace {

const char* name_of(Json::Kind kind) {
  constexpr const char* names[] = {"null",     "a bool", "an integer", "a number",
                                   "a string", "a list", "an object"};
  return names[static_cast<int>(kind)];
}

// What was found, short enough for a message.
std::string excerpt(const Json& value) {
  constexpr std::size_t longest = 80;
  if (value.is_array() || value.is_object()) return name_of(value.kind());
  std::string text = print_json(value);
  return text.size() > longest ? text.substr(0, longest) + "…" : text;
}

[[noreturn]] void wrong_kind(const Json& value, const char* expected) {
  fail(ErrorCode::corrupt_file, "found ", excerpt(value), ", expected ", expected);
}

}  // namespace

bool Json::as_bool() const {
  if (const bool* v = std::get_if<bool>(&value_)) return *v;
  wrong_kind(*this, "true or false");
}

std::int64_t Json::as_integer() const {
  if (const auto* v = std::get_if<std::int64_t>(&value_)) return *v;
  if (const auto* v = std::get_if<double>(&value_))
    if (std::trunc(*v) == *v && std::fabs(*v) < 0x1p63) return static_cast<std::int64_t>(*v);
  wrong_kind(*this, "an integer");
}

double Json::as_number() const {
  if (const auto* v = std::get_if<double>(&value_)) return *v;
  if (const auto* v = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*v);
  wrong_kind(*this, "a number");
}

const std::string& Json::as_string() const {
  if (const auto* v = std::get_if<std::string>(&value_)) return *v;
  wrong_kind(*this, "a string");
}

const Json::Array& Json::as_array() const {
  if (const auto* v = std::get_if<Array>(&value_)) return *v;
  wrong_kind(*this, "a list");
}

Json::Array& Json::as_array() { return const_cast<Array&>(std::as_const(*this).as_array()); }

const Json::Object& Json::as_object() const {
  if (const auto* v = std::get_if<Object>(&value_)) return *v;
  wrong_kind(*this, "an object");
}

Json::Object& Json::as_object() { return const_cast<Object&>(std::as_const(*this).as_object()); }

const Json* Json::find(std::string_view key) const {
  if (const auto* object = std::get_if<Object>(&value_))
    for (const auto& [name, value] : *object)
      if (name == key) return &value;
  return nullptr;
}

Json* Json::find(std::string_view key) { return const_cast<Json*>(std::as_const(*this).find(key)); }

const Json& Json::at(std::string_view key) const {
  if (const Json* value = find(key)) return *value;
  if (!is_object()) wrong_kind(*this, "an object");
  fail(ErrorCode::corrupt_file, "the key \"", key, "\" is missing");
}

Json& Json::operator[](std::string_view key) {
  if (is_null()) value_ = Object{};
  if (Json* value = find(key)) return *value;
  return as_object().emplace_back(std::string(key), nullptr).second;
}

bool Json::erase(std::string_view key) {
  auto* object = std::get_if<Object>(&value_);
  return object && std::erase_if(*object, [&](const auto& entry) { return entry.first == key; }) > 0;
}

bool Json::truthy() const {
  switch (kind()) {
    case Kind::null:
      return false;
    case Kind::boolean:
      return as_bool();
    case Kind::integer:
      return as_integer() != 0;
    case Kind::number:
      return as_number() != 0;
    case Kind::string:
      return !as_string().empty();
    case Kind::array:
      return !as_array().empty();
    case Kind::object:
      return !as_object().empty();
  }
  return false;
}

}  // namespace keratin::serialization
