// Json: an ordered value tree, parsed under depth and size limits, printed as Python's json.dumps does.
// The tree is a plain value; copying, printing and destroying recurse at most as deep as parsing allows.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace keratin::serialization {

class Json {
 public:
  enum class Kind { null, boolean, integer, number, string, array, object };
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;  // in file order; keys are unique

  Json() = default;
  Json(std::nullptr_t) {}
  Json(bool v) : value_(v) {}
  Json(int v) : value_(std::int64_t{v}) {}
  Json(std::int64_t v) : value_(v) {}
  Json(double v) : value_(v) {}
  Json(const char* v) : value_(std::string(v)) {}
  Json(std::string v) : value_(std::move(v)) {}
  Json(std::string_view v) : value_(std::string(v)) {}
  Json(Array v) : value_(std::move(v)) {}
  Json(Object v) : value_(std::move(v)) {}

  Kind kind() const { return static_cast<Kind>(value_.index()); }
  bool is_null() const { return kind() == Kind::null; }
  bool is_bool() const { return kind() == Kind::boolean; }
  bool is_integer() const { return kind() == Kind::integer; }
  bool is_number() const { return kind() == Kind::integer || kind() == Kind::number; }
  bool is_string() const { return kind() == Kind::string; }
  bool is_array() const { return kind() == Kind::array; }
  bool is_object() const { return kind() == Kind::object; }

  // Each throws Error{corrupt_file} saying what was found and what was expected.
  bool as_bool() const;
  std::int64_t as_integer() const;  // also a number without fraction
  double as_number() const;
  const std::string& as_string() const;
  const Array& as_array() const;
  Array& as_array();
  const Object& as_object() const;
  Object& as_object();

  // Object access. find: null when this is no object or has no such key. at: throws Error{corrupt_file}.
  const Json* find(std::string_view key) const;
  Json* find(std::string_view key);
  const Json& at(std::string_view key) const;
  Json& operator[](std::string_view key);  // inserts null; makes an object of null
  bool erase(std::string_view key);
  // Truthiness as Python has it: null, false, 0, "", [], {} are false.
  bool truthy() const;

  friend bool operator==(const Json&, const Json&) = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

// Limits: 64 MiB, depth 256, 4 M values, strings 16 MiB, keys unique, valid UTF-8, nothing trailing.
// Accepts NaN, Infinity, -Infinity as Python writes them. Errors start with name and give the byte offset.
Json parse_json(std::string_view text, const std::string& name);
// indent < 0: one line with ", " and ": " between, as json.dumps.
std::string print_json(const Json& value, int indent = -1);

}  // namespace keratin::serialization
