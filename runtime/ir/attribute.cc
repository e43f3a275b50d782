#include "runtime/ir/attribute.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "runtime/core/error.h"

namespace keratin::ir {
namespace {

std::string print_real(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[32];
  auto [end, status] = std::to_chars(buffer, buffer + sizeof buffer, value);
  std::string text(buffer, end);
  return text.find_first_of(".e") == text.npos ? text + ".0" : text;
}

template <class Items, class Print>
std::string print_list(const Items& items, Print print) {
  std::string text = "[";
  for (std::size_t i = 0; i < items.size(); ++i) text += (i ? "," : "") + print(items[i]);
  return text + "]";
}

std::string print_quoted(const std::string& value) {
  std::string text = "\"";
  for (char c : value) {
    if (c == '"' || c == '\\' || c == '\n') text += '\\';
    text += c == '\n' ? 'n' : c;  // the text form goes by lines
  }
  return text + "\"";
}

std::string print_tensor(const Tensor& t) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text = to_string(Type{t.dtype(), to_dims(t.shape())}) + "{";
  const auto* bytes = static_cast<const unsigned char*>(t.raw());
  for (std::size_t i = 0; i < t.bytes(); ++i) text += {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
  return text + "}";
}

struct Printer {
  std::string operator()(bool v) const { return v ? "true" : "false"; }
  std::string operator()(std::int64_t v) const { return std::to_string(v); }
  std::string operator()(double v) const { return print_real(v); }
  std::string operator()(const std::string& v) const { return print_quoted(v); }
  std::string operator()(DType v) const { return std::string(short_name(v)); }
  std::string operator()(const Ints& v) const {
    return print_list(v, [](auto x) { return std::to_string(x); });
  }
  std::string operator()(const Floats& v) const { return print_list(v, print_real); }
  std::string operator()(const Dims& v) const { return to_string(v); }
  std::string operator()(const Tensor& v) const { return print_tensor(v); }
};

[[noreturn]] void bad(std::string_view text, const char* expected) {
  fail(ErrorCode::invalid_argument, "attribute value \"", text, "\": expected ", expected);
}

std::int64_t parse_integer(std::string_view text) {
  std::int64_t value = 0;
  auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size()) bad(text, "an integer");
  return value;
}

double parse_real(std::string_view text) {
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text == "inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  double value = 0;
  auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size()) bad(text, "a number");
  return value;
}

std::vector<std::string_view> split_list(std::string_view text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') bad(text, "a list like [1,2]");
  text = text.substr(1, text.size() - 2);
  std::vector<std::string_view> items;
  int depth = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= text.size() && !text.empty(); ++i) {
    if (i == text.size() || (text[i] == ',' && depth == 0)) {
      items.push_back(text.substr(start, i - start));
      start = i + 1;
    } else {
      depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    }
  }
  return items;
}

std::string parse_quoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') bad(text, "a quoted string");
  std::string value;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    const bool escaped = text[i] == '\\' && i + 2 < text.size();
    if (escaped) ++i;
    value += escaped && text[i] == 'n' ? '\n' : text[i];
  }
  return value;
}

Tensor parse_tensor(std::string_view text) {
  const std::size_t open = text.find('{');
  if (open == text.npos || text.back() != '}') bad(text, "a tensor like f32[1]{0000803f}");
  const Type type = parse_type(text.substr(0, open));
  Tensor tensor(type.dtype, to_shape(type.shape));
  const std::string_view hex = text.substr(open + 1, text.size() - open - 2);
  if (hex.size() != 2 * tensor.bytes()) bad(text, "two hex digits per byte");
  auto* bytes = static_cast<unsigned char*>(tensor.raw());
  for (std::size_t i = 0; i < tensor.bytes(); ++i) {
    auto [end, status] = std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, bytes[i], 16);
    if (status != std::errc() || end != hex.data() + 2 * i + 2) bad(text, "hex digits");
  }
  return tensor;
}

Attribute parse_boolean(std::string_view text) {
  if (text != "true" && text != "false") bad(text, "true or false");
  return text == "true";
}

Attribute parse_ints(std::string_view text) {
  Ints values;
  for (std::string_view item : split_list(text)) values.push_back(parse_integer(item));
  return values;
}

Attribute parse_floats(std::string_view text) {
  Floats values;
  for (std::string_view item : split_list(text)) values.push_back(parse_real(item));
  return values;
}

Attribute parse_dims(std::string_view text) {
  Dims values;
  for (std::string_view item : split_list(text)) values.push_back(Dim::parse(item));
  return values;
}

using Parse = Attribute (*)(std::string_view);
constexpr Parse parsers[] = {
    parse_boolean,
    [](std::string_view t) -> Attribute { return parse_integer(t); },
    [](std::string_view t) -> Attribute { return parse_real(t); },
    [](std::string_view t) -> Attribute { return parse_quoted(t); },
    [](std::string_view t) -> Attribute { return parse_short_dtype(t); },
    parse_ints,
    parse_floats,
    parse_dims,
    [](std::string_view t) -> Attribute { return parse_tensor(t); },
};

}  // namespace

std::string to_string(const Attribute& value) { return std::visit(Printer{}, value); }

Attribute parse_attribute(AttributeKind kind, std::string_view text) {
  return parsers[static_cast<std::size_t>(kind)](text);
}

bool equal(const Attribute& a, const Attribute& b) {
  if (a.index() != b.index()) return false;
  if (const Tensor* x = std::get_if<Tensor>(&a)) {
    const Tensor& y = std::get<Tensor>(b);
    return x->dtype() == y.dtype() && x->shape() == y.shape() &&
           (x->raw() == y.raw() || std::memcmp(x->raw(), y.raw(), x->bytes()) == 0);
  }
  return to_string(a) == to_string(b);
}

}  // namespace keratin::ir
