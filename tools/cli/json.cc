// Writing JSON: what the commands print with --json.
#include <cstdio>

#include "commands.h"

namespace keratin::cli {
namespace {

// The length of the UTF-8 character that starts here; 0 for bytes that are none.
std::size_t utf8_length(const std::string& text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xc2 && lead < 0xe0 ? 2
                             : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xf0 && lead < 0xf5 ? 4
                                                           : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((static_cast<unsigned char>(text[at + i]) & 0xc0) != 0x80) return 0;
  return length;
}

}  // namespace

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    const auto c = static_cast<unsigned char>(text[i]);
    if (length == 0) {
      out += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += text[i];
    } else if (c < 0x20) {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "\\u%04x", c);
      out += buffer;
    } else {
      out.append(text, i, length);
    }
    i += length ? length : 1;
  }
  return out + "\"";
}

std::string joined(const std::vector<std::string>& items, const char* open, const char* close) {
  std::string text = open;
  for (std::size_t i = 0; i < items.size(); ++i) text += (i ? ", " : "") + items[i];
  return text + close;
}

std::string field(const char* key, const std::string& json) { return quoted(key) + ": " + json; }

std::string shape_json(const Shape& shape) {
  std::vector<std::string> dims;
  for (std::int64_t dim : shape) dims.push_back(dim < 0 ? "null" : std::to_string(dim));
  return joined(dims, "[", "]");
}

}  // namespace keratin::cli
