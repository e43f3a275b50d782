// Attributes of a node: typed values in the order that its OpDef declares, so that printing, parsing,
// comparing and hashing work for all ops at once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "keratin/tensor.h"
#include "runtime/ir/type.h"

namespace keratin::ir {

using Ints = std::vector<std::int64_t>;
using Floats = std::vector<double>;
// The order of the alternatives is the order of AttributeKind.
using Attribute = std::variant<bool, std::int64_t, double, std::string, DType, Ints, Floats, Dims, Tensor>;

enum class AttributeKind { boolean, integer, real, string, dtype, ints, floats, dims, tensor };

struct AttributeDef {
  const char* name;
  AttributeKind kind;
  const char* fallback = nullptr;  // text form of the default; null: the attribute must be given
};

// true · 3 · 0.5 · "same" · f32 · [1,2] · [0.5] · [B,2] · f32[2]{00000000…} (tensor: little-endian hex)
std::string to_string(const Attribute& value);
// Throws Error{invalid_argument} when text is no value of this kind.
Attribute parse_attribute(AttributeKind kind, std::string_view text);
bool equal(const Attribute& a, const Attribute& b);

}  // namespace keratin::ir
