// JSON text as Python's json.dumps writes it: ASCII only, floats as repr() prints them.
#include <charconv>
#include <cmath>

#include "runtime/core/error.h"
#include "serialization/json/json.h"

namespace keratin::serialization {
namespace {

// repr(): the shortest digits that read back, positional from 1e-4 up to 1e16.
void print_double(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::isinf(value)) {
    out += value < 0 ? "-Infinity" : "Infinity";
    return;
  }
  char buffer[512];
  const double size = std::fabs(value);
  const bool positional = size == 0 || (size >= 1e-4 && size < 1e16);
  const auto format = positional ? std::chars_format::fixed : std::chars_format::scientific;
  const std::string_view text(buffer, std::to_chars(buffer, buffer + sizeof buffer, value, format).ptr);
  out += text;
  if (positional && text.find('.') == std::string_view::npos) out += ".0";
}

void print_escape(std::string& out, unsigned unit) {
  constexpr char digits[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += digits[unit >> shift & 15];
}

void print_string(std::string& out, std::string_view text) {
  constexpr std::string_view special = "\"\\\b\f\n\r\t";
  constexpr std::string_view names = "\"\\bfnrt";
  out += '"';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (const std::size_t index = special.find(text[i]); index != std::string_view::npos) {
      out += '\\';
      out += names[index];
    } else if (byte >= 0x20 && byte < 0x7f) {
      out += text[i];
    } else if (byte < 0x80) {
      print_escape(out, byte);
    } else {
      const int extra = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
      assume(byte >= 0xc0 && i + extra < text.size(), "a string to print is not UTF-8");
      unsigned code = byte & (0x3fu >> extra);
      for (int k = 0; k < extra; ++k) code = code << 6 | (static_cast<unsigned char>(text[++i]) & 0x3fu);
      if (code >= 0x10000) {
        print_escape(out, 0xd800 + ((code - 0x10000) >> 10));
        print_escape(out, 0xdc00 + ((code - 0x10000) & 0x3ff));
      } else {
        print_escape(out, code);
      }
    }
  }
  out += '"';
}

class Printer {
 public:
  explicit Printer(int indent) : indent_(indent) {}

  void print(const Json& value, int level) {
    switch (value.kind()) {
      case Json::Kind::null:
        out += "null";
        break;
      case Json::Kind::boolean:
        out += value.as_bool() ? "true" : "false";
        break;
      case Json::Kind::integer:
        out += std::to_string(value.as_integer());
        break;
      case Json::Kind::number:
        print_double(out, value.as_number());
        break;
      case Json::Kind::string:
        print_string(out, value.as_string());
        break;
      case Json::Kind::array:
        container('[', ']', value.as_array(), level, [&](const Json& v) { print(v, level + 1); });
        break;
      case Json::Kind::object:
        container('{', '}', value.as_object(), level, [&](const auto& member) {
          print_string(out, member.first);
          out += ": ";
          print(member.second, level + 1);
        });
        break;
    }
  }

  std::string out;

 private:
  template <class Items, class Print>
  void container(char open, char close, const Items& items, int level, Print&& one) {
    out += open;
    bool first = true;
    for (const auto& item : items) {
      if (!first) out += indent_ < 0 ? ", " : ",";
      first = false;
      break_line(level + 1);
      one(item);
    }
    if (!first) break_line(level);
    out += close;
  }

  void break_line(int level) {
    if (indent_ < 0) return;
    out += '\n';
    out.append(static_cast<std::size_t>(indent_ * level), ' ');
  }

  int indent_;
};

}  // namespace

std::string print_json(const Json& value, int indent) {
  Printer printer(indent);
  printer.print(value, 0);
  return std::move(printer.out);
}

}  // namespace keratin::serialization
