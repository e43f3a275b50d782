#include "runtime/ir/type.h"

#include <algorithm>
#include <array>

#include "runtime/core/error.h"

namespace keratin::ir {
namespace {

constexpr std::array<std::string_view, 14> short_names = {"bool", "i8",  "i16", "i32",  "i64", "u8",  "u16",
                                                          "u32",  "u64", "f16", "bf16", "f32", "f64", "str"};

}  // namespace

std::string_view short_name(DType dtype) { return short_names[static_cast<std::size_t>(dtype)]; }

DType parse_short_dtype(std::string_view name) {
  auto found = std::find(short_names.begin(), short_names.end(), name);
  check(found != short_names.end(), ErrorCode::invalid_argument, "dtype \"", name,
        "\" is unknown; expected one like f32");
  return static_cast<DType>(found - short_names.begin());
}

std::string to_string(const Type& type) { return cat(short_name(type.dtype), to_string(type.shape)); }

Type parse_type(std::string_view text) {
  const std::size_t open = text.find('[');
  check(open != text.npos && text.back() == ']', ErrorCode::invalid_argument, "type \"", text,
        "\": expected one like f32[B,64]");
  Type type{parse_short_dtype(text.substr(0, open)), {}};
  std::string_view rest = text.substr(open + 1, text.size() - open - 2);
  int depth = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= rest.size() && !rest.empty(); ++i) {
    if (i == rest.size() || (rest[i] == ',' && depth == 0)) {
      type.shape.push_back(Dim::parse(rest.substr(start, i - start)));
      start = i + 1;
    } else {
      depth += rest[i] == '(' ? 1 : rest[i] == ')' ? -1 : 0;
    }
  }
  return type;
}

Dims broadcast(const Dims& a, const Dims& b) {
  const Dims& longer = a.size() >= b.size() ? a : b;
  const Dims& shorter = a.size() >= b.size() ? b : a;
  Dims shape = longer;
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    Dim& dim = shape[longer.size() - shorter.size() + i];
    if (shorter[i] == Dim(1) || shorter[i] == dim) continue;
    check(dim == Dim(1), ErrorCode::invalid_argument, "shapes ", to_string(a), " and ", to_string(b),
          " can't be broadcast together");
    dim = shorter[i];
  }
  return shape;
}

}  // namespace keratin::ir
