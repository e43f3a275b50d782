#include "runtime/ir/dim.h"

#include <algorithm>
#include <cctype>

#include "runtime/core/error.h"
#include "runtime/core/shape.h"

namespace keratin::ir {

struct Dim::Atom {
  std::string text;
  std::shared_ptr<const std::pair<Dim, Dim>> quotient;  // floor(first, second); null for a symbol
};

Dim Dim::symbol(const std::string& name) {
  check(!name.empty() && (std::isalpha(static_cast<unsigned char>(name[0])) || name[0] == '_'),
        ErrorCode::invalid_argument, "dimension symbol \"", name, "\": expected a name");
  return of({{1, {std::make_shared<const Atom>(Atom{name, nullptr})}}});
}

std::int64_t Dim::value() const {
  check(is_constant(), ErrorCode::invalid_argument, "dimension ", to_string(), " has no value yet");
  return value_;
}

std::string Dim::key(const Term& term) {
  std::string text;
  for (const auto& atom : term.atoms) text += (text.empty() ? "" : "*") + atom->text;
  return text;
}

Dim::Terms Dim::terms() const {
  if (terms_) return *terms_;
  return value_ ? Terms{{value_, {}}} : Terms{};
}

Dim Dim::of(Terms terms) {
  std::stable_sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) {
    return std::pair(b.atoms.size(), key(a)) < std::pair(a.atoms.size(), key(b));  // longest product first
  });
  Terms merged;
  for (Term& term : terms) {
    if (!merged.empty() && key(merged.back()) == key(term)) {
      check(!__builtin_add_overflow(merged.back().factor, term.factor, &merged.back().factor),
            ErrorCode::invalid_argument, "a symbolic dimension is beyond 64 bits");
    } else {
      merged.push_back(std::move(term));
    }
    if (merged.back().factor == 0) merged.pop_back();
  }
  if (merged.empty()) return Dim(0);
  if (merged.size() == 1 && merged[0].atoms.empty()) return Dim(merged[0].factor);
  Dim dim;
  dim.terms_ = std::make_shared<const Terms>(std::move(merged));
  return dim;
}

std::string Dim::to_string() const {
  if (!terms_) return std::to_string(value_);
  std::string text;
  for (const Term& term : *terms_) {
    const std::string atoms = key(term);
    if (!text.empty() && term.factor > 0) text += "+";
    if (atoms.empty()) {
      text += std::to_string(term.factor);
    } else if (term.factor == 1) {
      text += atoms;
    } else if (term.factor == -1) {
      text += "-" + atoms;
    } else {
      text += std::to_string(term.factor) + "*" + atoms;
    }
  }
  return text;
}

Dim Dim::substitute(const Symbols& values) const {
  if (!terms_) return *this;
  Dim sum;
  for (const Term& term : *terms_) {
    Dim part(term.factor);
    for (const auto& atom : term.atoms) {
      if (atom->quotient) {
        part = part *
               floor_div(atom->quotient->first.substitute(values), atom->quotient->second.substitute(values));
      } else if (auto found = values.find(atom->text); found != values.end()) {
        part = part * Dim(found->second);
      } else {
        part = part * of({{1, {atom}}});
      }
    }
    sum = sum + part;
  }
  return sum;
}

Dim operator+(const Dim& a, const Dim& b) {
  if (a.is_constant() && b.is_constant()) {
    std::int64_t sum = 0;
    check(!__builtin_add_overflow(a.value_, b.value_, &sum), ErrorCode::invalid_argument, "dimension ",
          a.value_, " + ", b.value_, " is beyond 64 bits");
    return Dim(sum);
  }
  Dim::Terms terms = a.terms();
  for (Dim::Term& term : b.terms()) terms.push_back(std::move(term));
  return Dim::of(std::move(terms));
}

Dim operator-(const Dim& a, const Dim& b) { return a + Dim(-1) * b; }

Dim operator*(const Dim& a, const Dim& b) {
  if (a.is_constant() && b.is_constant()) return Dim(checked_mul(a.value_, b.value_));
  Dim::Terms terms;
  const Dim::Terms right = b.terms();
  for (const Dim::Term& x : a.terms())
    for (const Dim::Term& y : right) {
      Dim::Term term{checked_mul(x.factor, y.factor), x.atoms};
      term.atoms.insert(term.atoms.end(), y.atoms.begin(), y.atoms.end());
      std::sort(term.atoms.begin(), term.atoms.end(),
                [](const auto& p, const auto& q) { return p->text < q->text; });
      terms.push_back(std::move(term));
    }
  return Dim::of(std::move(terms));
}

bool operator==(const Dim& a, const Dim& b) {
  if (a.is_constant() || b.is_constant()) return a.is_constant() && b.is_constant() && a.value_ == b.value_;
  return a.terms_ == b.terms_ || a.to_string() == b.to_string();
}

std::optional<Dim> exact_div(const Dim& a, const Dim& b) {
  if (b.is_constant() && b.value_ == 0) return std::nullopt;
  const Dim::Terms divisor = b.terms();
  if (divisor.size() != 1) return a == b ? std::optional(Dim(1)) : std::nullopt;
  Dim::Terms terms = a.terms();
  for (Dim::Term& term : terms) {
    if (term.factor % divisor[0].factor) return std::nullopt;
    term.factor /= divisor[0].factor;
    for (const auto& atom : divisor[0].atoms) {
      auto found = std::find_if(term.atoms.begin(), term.atoms.end(),
                                [&](const auto& x) { return x->text == atom->text; });
      if (found == term.atoms.end()) return std::nullopt;
      term.atoms.erase(found);
    }
  }
  return Dim::of(std::move(terms));
}

Dim floor_div(const Dim& a, const Dim& b) {
  check(!(b.is_constant() && b.value_ == 0), ErrorCode::invalid_argument, "dimension ", a.to_string(),
        " can't be divided by 0");
  if (a.is_constant() && b.is_constant()) {
    const std::int64_t quotient = a.value_ / b.value_;
    return Dim(quotient - ((a.value_ % b.value_ != 0) && ((a.value_ < 0) != (b.value_ < 0))));
  }
  if (auto exact = exact_div(a, b)) return *exact;
  auto quotient = std::make_shared<const std::pair<Dim, Dim>>(a, b);
  auto atom = std::make_shared<const Dim::Atom>(
      Dim::Atom{"floor(" + a.to_string() + "," + b.to_string() + ")", std::move(quotient)});
  return Dim::of({{1, {std::move(atom)}}});
}

namespace {

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}
  Dim whole() {
    Dim dim = sum();
    if (at_ != text_.size()) bad();
    return dim;
  }

 private:
  [[noreturn]] void bad() const {
    fail(ErrorCode::invalid_argument, "dimension \"", text_,
         "\": expected an integer, a symbol, +, -, * or floor(a,b)");
  }
  bool take(char c) {
    if (at_ < text_.size() && text_[at_] == c) return ++at_, true;
    return false;
  }
  Dim sum() {
    Dim dim = take('-') ? Dim(-1) * term() : term();
    while (at_ < text_.size()) {
      if (take('+'))
        dim = dim + term();
      else if (take('-'))
        dim = dim - term();
      else
        break;
    }
    return dim;
  }
  Dim term() {
    Dim dim = factor();
    while (take('*')) dim = dim * factor();
    return dim;
  }
  Dim factor() {
    const std::size_t start = at_;
    if (take('(')) {
      Dim dim = sum();
      if (!take(')')) bad();
      return dim;
    }
    auto is = [&](auto test) { return at_ < text_.size() && test(static_cast<unsigned char>(text_[at_])); };
    if (is([](int c) { return std::isdigit(c); })) {
      std::int64_t value = 0;
      while (is([](int c) { return std::isdigit(c); }))
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, text_[at_++] - '0', &value))
          bad();
      return Dim(value);
    }
    while (is([](int c) { return std::isalnum(c) || c == '_'; })) ++at_;
    const std::string name(text_.substr(start, at_ - start));
    if (name.empty()) bad();
    if (name != "floor" || !take('(')) return Dim::symbol(name);
    const Dim above = sum();
    if (!take(',')) bad();
    const Dim below = sum();
    if (!take(')')) bad();
    return floor_div(above, below);
  }
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Dim Dim::parse(std::string_view text) { return Parser(text).whole(); }

Dim product(const Dims& dims) {
  Dim all(1);
  for (const Dim& dim : dims) all = all * dim;
  return all;
}

bool is_static(const Dims& dims) {
  return std::all_of(dims.begin(), dims.end(), [](const Dim& dim) { return dim.is_constant(); });
}

Dims to_dims(const std::vector<std::int64_t>& shape) { return Dims(shape.begin(), shape.end()); }

std::vector<std::int64_t> to_shape(const Dims& dims) {
  std::vector<std::int64_t> shape;
  shape.reserve(dims.size());
  for (const Dim& dim : dims) shape.push_back(dim.value());
  return shape;
}

std::string to_string(const Dims& dims) {
  std::string text = "[";
  for (std::size_t i = 0; i < dims.size(); ++i) text += (i ? "," : "") + dims[i].to_string();
  return text + "]";
}

}  // namespace keratin::ir
