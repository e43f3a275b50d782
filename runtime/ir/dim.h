// Dim: one dimension of a shape, an integer or a symbolic expression (sums, products, floor divisions of
// symbols). Value type; equal expressions compare equal because they are kept in one canonical form.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keratin::ir {

class Dim;
using Dims = std::vector<Dim>;
// Symbol name -> its value.
using Symbols = std::map<std::string, std::int64_t>;

class Dim {
 public:
  Dim(std::int64_t value = 0) : value_(value) {}
  static Dim symbol(const std::string& name);
  // The inverse of to_string. Throws Error{invalid_argument}.
  static Dim parse(std::string_view text);

  bool is_constant() const { return !terms_; }
  // Throws Error{invalid_argument} when the dim is symbolic.
  std::int64_t value() const;
  // "B", "2*B+1", "floor(T+1,2)", "7".
  std::string to_string() const;
  // Replaces the symbols found in values; the others stay.
  Dim substitute(const Symbols& values) const;

  friend Dim operator+(const Dim& a, const Dim& b);
  friend Dim operator-(const Dim& a, const Dim& b);
  friend Dim operator*(const Dim& a, const Dim& b);
  friend bool operator==(const Dim& a, const Dim& b);
  friend Dim floor_div(const Dim& a, const Dim& b);
  friend std::optional<Dim> exact_div(const Dim& a, const Dim& b);

 private:
  struct Atom;  // a symbol or a floor division
  struct Term {
    std::int64_t factor;
    std::vector<std::shared_ptr<const Atom>> atoms;  // sorted by text; empty for the constant term
  };
  using Terms = std::vector<Term>;  // sorted by text, no zero factors

  Terms terms() const;
  static Dim of(Terms terms);
  static std::string key(const Term& term);

  std::int64_t value_ = 0;
  std::shared_ptr<const Terms> terms_;  // null when the dim is the integer value_
};

// Rounds towards minus infinity. Throws Error{invalid_argument} for a divisor 0.
Dim floor_div(const Dim& a, const Dim& b);
inline Dim ceil_div(const Dim& a, std::int64_t b) { return floor_div(a + (b - 1), b); }
// a / b when b divides every term of a, else nothing.
std::optional<Dim> exact_div(const Dim& a, const Dim& b);

Dim product(const Dims& dims);
bool is_static(const Dims& dims);
Dims to_dims(const std::vector<std::int64_t>& shape);
// Throws Error{invalid_argument} when a dim is symbolic.
std::vector<std::int64_t> to_shape(const Dims& dims);
std::string to_string(const Dims& dims);  // "[B,2]"

}  // namespace keratin::ir
