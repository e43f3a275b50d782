// An iterative JSON reader: a stack of open containers, so depth costs memory and no call stack.
#include <charconv>
#include <cstdlib>
#include <limits>
#include <unordered_set>

#include "runtime/core/error.h"
#include "serialization/json/json.h"

namespace keratin::serialization {
namespace {

constexpr std::size_t longest_text = std::size_t{64} << 20;
constexpr std::size_t longest_string = std::size_t{16} << 20;
constexpr std::size_t deepest = 256;
constexpr std::size_t most_values = std::size_t{4} << 20;
constexpr std::size_t few_keys = 16;  // up to here a linear search beats a hash

// Length of the UTF-8 sequence that starts the text, 0 when it is malformed (overlong, surrogate, …).
std::size_t utf8_length(std::string_view text) {
  const auto at = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto tail = [&](std::size_t i) { return (at(i) & 0xc0u) == 0x80u; };
  const unsigned lead = at(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return tail(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    if (!tail(1) || !tail(2)) return 0;
    return (lead == 0xe0 && at(1) < 0xa0) || (lead == 0xed && at(1) > 0x9f) ? 0 : 3;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    return (lead == 0xf0 && at(1) < 0x90) || (lead == 0xf4 && at(1) > 0x8f) ? 0 : 4;
  }
  return 0;
}

void append_utf8(std::string& out, unsigned code) {
  const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6), put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12), put(0x80 | (code >> 6 & 0x3f)), put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18), put(0x80 | (code >> 12 & 0x3f)), put(0x80 | (code >> 6 & 0x3f)),
        put(0x80 | (code & 0x3f));
  }
}

class Parser {
 public:
  Parser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  Json parse() {
    require(text_.size() <= longest_text, "the text is longer than 64 MiB");
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;  // a byte order mark
    skip_space();
    Json root = value();
    while (!open_.empty()) step(root);
    skip_space();
    require(at_ == text_.size(), "text follows the end of the value");
    return root;
  }

 private:
  struct Container {
    Json value;
    std::string key;                       // of the member that is being read
    std::unordered_set<std::string> keys;  // filled beyond few_keys members
  };

  [[noreturn]] void refuse(std::string_view what) const {
    const bool ended = at_ >= text_.size();
    fail(ErrorCode::corrupt_file, name_, ": JSON at byte ", at_, ": ", what,
         ended ? "; the text ends here: the file is truncated" : "");
  }
  void require(bool condition, std::string_view what) const {
    if (!condition) [[unlikely]]
      refuse(what);
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
      ++at_;
  }
  bool accept(std::string_view token) {
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }

  // One scalar, or the opening of a container, which is then on top of open_ (and null is returned).
  Json value() {
    require(++values_ <= most_values, "more than 4 million values");
    require(at_ < text_.size(), "a value was expected");
    switch (peek()) {
      case '{':
        return begin(Json::Object{});
      case '[':
        return begin(Json::Array{});
      case '"':
        return string();
      case 't':
        if (accept("true")) return true;
        break;
      case 'f':
        if (accept("false")) return false;
        break;
      case 'n':
        if (accept("null")) return nullptr;
        break;
      case 'N':
        if (accept("NaN")) return std::numeric_limits<double>::quiet_NaN();
        break;
      case 'I':
        if (accept("Infinity")) return std::numeric_limits<double>::infinity();
        break;
      default:
        if (accept("-Infinity")) return -std::numeric_limits<double>::infinity();
        if (peek() == '-' || (peek() >= '0' && peek() <= '9')) return number();
    }
    refuse("a value was expected");
  }

  Json begin(Json empty) {
    require(open_.size() < deepest, "nested deeper than 256 levels");
    ++at_;
    open_.push_back({std::move(empty), {}, {}});
    fresh_ = true;
    return nullptr;
  }

  // Reads one member of the innermost container, or its end.
  void step(Json& root) {
    Container& top = open_.back();
    const bool object = top.value.is_object();
    skip_space();
    if (accept(object ? "}" : "]")) return close(root);
    if (!fresh_) {
      require(accept(","), "expected a comma or the end of the container");
      skip_space();
    }
    fresh_ = false;
    if (object) key(top);
    const std::size_t depth = open_.size();
    Json member = value();
    if (open_.size() == depth) add(open_.back(), std::move(member));
  }

  void close(Json& root) {
    Json done = std::move(open_.back().value);
    open_.pop_back();
    fresh_ = false;
    if (open_.empty()) {
      root = std::move(done);
    } else {
      add(open_.back(), std::move(done));
    }
  }

  void add(Container& container, Json member) {
    if (container.value.is_object()) {
      container.value.as_object().emplace_back(std::move(container.key), std::move(member));
      container.key.clear();
    } else {
      container.value.as_array().push_back(std::move(member));
    }
  }

  void key(Container& top) {
    require(peek() == '"', "a key in quotes was expected");
    top.key = string();
    skip_space();
    require(accept(":"), "a colon was expected after the key");
    skip_space();
    const Json::Object& members = top.value.as_object();
    bool fresh = true;
    if (members.size() < few_keys) {
      fresh = top.value.find(top.key) == nullptr;
    } else {
      if (top.keys.empty())
        for (const auto& member : members) top.keys.insert(member.first);
      fresh = top.keys.insert(top.key).second;
    }
    if (!fresh) refuse("the key " + print_json(top.key) + " stands twice in one object");
  }

  std::string string() {
    ++at_;
    std::string out;
    for (;;) {
      require(at_ < text_.size(), "the string has no end");
      const std::size_t plain = at_;
      while (at_ < text_.size() && text_[at_] >= 0x20 && text_[at_] != '"' && text_[at_] != '\\') ++at_;
      out.append(text_, plain, at_ - plain);
      require(out.size() <= longest_string, "a string is longer than 16 MiB");
      if (at_ == text_.size()) continue;
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (byte == '"') return ++at_, out;
      if (byte == '\\') {
        escape(out);
      } else {
        require(byte >= 0x80, "a control byte stands inside a string");
        const std::size_t length = utf8_length(text_.substr(at_));
        require(length != 0, "the text is not valid UTF-8");
        out.append(text_, at_, length);
        at_ += length;
      }
    }
  }

  void escape(std::string& out) {
    constexpr std::string_view names = "\"\\/bfnrt";
    constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
    ++at_;
    const std::size_t index = at_ < text_.size() ? names.find(text_[at_]) : std::string_view::npos;
    if (index != std::string_view::npos) {
      ++at_;
      out += meant[index];
      return;
    }
    require(peek() == 'u', "an unknown escape stands in a string");
    unsigned code = hex4();
    if (code >= 0xd800 && code < 0xdc00 && text_.substr(at_, 2) == "\\u") {
      ++at_;
      const unsigned low = hex4();
      require(low >= 0xdc00 && low < 0xe000, "half of a surrogate pair is missing");
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    require(code < 0xd800 || code > 0xdfff, "half of a surrogate pair is missing");
    append_utf8(out, code);
  }

  // at_ stands on the 'u'.
  unsigned hex4() {
    unsigned code = 0;
    const char* begin = text_.data() + at_ + 1;
    require(text_.size() - at_ > 4, "four hexadecimal digits were expected after \\u");
    const auto [end, error] = std::from_chars(begin, begin + 4, code, 16);
    require(error == std::errc() && end == begin + 4, "four hexadecimal digits were expected after \\u");
    at_ += 5;
    return code;
  }

  Json number() {
    const std::size_t start = at_;
    const auto digits = [&] {
      const std::size_t first = at_;
      while (peek() >= '0' && peek() <= '9') ++at_;
      require(at_ > first, "a digit was expected");
    };
    accept("-");
    if (!accept("0")) digits();
    bool integer = true;
    if (accept(".")) integer = false, digits();
    if (accept("e") || accept("E")) {
      integer = false;
      if (!accept("+")) accept("-");
      digits();
    }
    const std::string_view lexeme = text_.substr(start, at_ - start);
    const char* end = lexeme.data() + lexeme.size();
    if (integer) {
      std::int64_t result = 0;
      require(std::from_chars(lexeme.data(), end, result).ec == std::errc(), "an integer is beyond 64 bits");
      return result;
    }
    double result = 0;
    if (std::from_chars(lexeme.data(), end, result).ec == std::errc()) return result;
    result = std::strtod(std::string(lexeme).c_str(), nullptr);  // tells too small from too large
    require(result < 1 && result > -1, "a number is beyond the range of a double");
    return result;
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
  std::size_t values_ = 0;
  bool fresh_ = false;  // nothing was read yet in the innermost container
  std::vector<Container> open_;
};

}  // namespace

Json parse_json(std::string_view text, const std::string& name) { return Parser(text, name).parse(); }

}  // namespace keratin::serialization
