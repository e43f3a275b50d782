#include "serialization/protobuf/wire.h"

#include <array>
#include <cstdint>
#include <optional>

#include "runtime/core/error.h"

namespace keratin::serialization::protobuf {
namespace {

// Kinds of messages, as far as they hold further messages. `leaf` counts but is not entered.
enum class Kind : std::uint8_t {
  leaf,
  shape,
  tensor,
  attr,
  list,
  function_name,
  attr_entry,
  node,
  op,
  function,
  argument_attrs,
  argument_entry,
  library,
  graph,
  structure,
  structures,
  dict,
  dict_entry,
  named_tuple,
  pair,
  tensor_spec,
  type_spec,
  object,
  objects,
  user_object,
  function_spec,
  saved_function,
  bare_function,
  variable,
  saved_object,
  concrete,
  concrete_entry,
  object_graph,
  tensor_info,
  tensor_info_entry,
  signature,
  signature_entry,
  asset,
  meta,
  model,
  slice,
  bundle,
  saveable_entry,
};

struct Row {
  Kind in;
  std::uint32_t field;
  Kind child;
};
using K = Kind;
constexpr Row rows[] = {
    {K::shape, 2, K::leaf},
    {K::tensor, 2, K::shape},
    {K::attr, 1, K::list},
    {K::attr, 7, K::shape},
    {K::attr, 8, K::tensor},
    {K::attr, 10, K::function_name},
    {K::list, 7, K::shape},
    {K::list, 8, K::tensor},
    {K::list, 9, K::function_name},
    {K::function_name, 2, K::attr_entry},
    {K::attr_entry, 2, K::attr},
    {K::node, 5, K::attr_entry},
    {K::op, 2, K::leaf},
    {K::op, 3, K::leaf},
    {K::function, 1, K::op},
    {K::function, 3, K::node},
    {K::function, 4, K::leaf},
    {K::function, 5, K::attr_entry},
    {K::function, 6, K::leaf},
    {K::function, 7, K::argument_entry},
    {K::argument_entry, 2, K::argument_attrs},
    {K::argument_attrs, 1, K::attr_entry},
    {K::library, 1, K::function},
    {K::library, 3, K::leaf},
    {K::graph, 1, K::node},
    {K::graph, 2, K::library},
    {K::graph, 4, K::leaf},
    {K::structure, 1, K::leaf},
    {K::structure, 31, K::shape},
    {K::structure, 33, K::tensor_spec},
    {K::structure, 34, K::type_spec},
    {K::structure, 35, K::tensor_spec},
    {K::structure, 51, K::structures},
    {K::structure, 52, K::structures},
    {K::structure, 53, K::dict},
    {K::structure, 54, K::named_tuple},
    {K::structure, 55, K::tensor},
    {K::structure, 56, K::tensor},
    {K::structures, 1, K::structure},
    {K::dict, 1, K::dict_entry},
    {K::dict_entry, 2, K::structure},
    {K::named_tuple, 2, K::pair},
    {K::pair, 2, K::structure},
    {K::tensor_spec, 2, K::shape},
    {K::type_spec, 2, K::structure},
    {K::object, 1, K::leaf},
    {K::object, 2, K::leaf},
    {K::object, 3, K::leaf},
    {K::objects, 1, K::object},
    {K::user_object, 2, K::leaf},
    {K::function_spec, 1, K::structure},
    {K::function_spec, 5, K::structure},
    {K::saved_function, 2, K::function_spec},
    {K::bare_function, 4, K::function_spec},
    {K::variable, 2, K::shape},
    {K::saved_object, 1, K::leaf},
    {K::saved_object, 3, K::leaf},
    {K::saved_object, 4, K::user_object},
    {K::saved_object, 5, K::leaf},
    {K::saved_object, 6, K::saved_function},
    {K::saved_object, 7, K::variable},
    {K::saved_object, 8, K::bare_function},
    {K::saved_object, 9, K::leaf},
    {K::saved_object, 10, K::leaf},
    {K::saved_object, 11, K::saveable_entry},
    {K::saved_object, 12, K::leaf},
    {K::saveable_entry, 2, K::leaf},
    {K::concrete, 3, K::structure},
    {K::concrete, 4, K::structure},
    {K::concrete_entry, 2, K::concrete},
    {K::object_graph, 1, K::saved_object},
    {K::object_graph, 2, K::concrete_entry},
    {K::tensor_info, 3, K::shape},
    {K::tensor_info_entry, 2, K::tensor_info},
    {K::signature, 1, K::tensor_info_entry},
    {K::signature, 2, K::tensor_info_entry},
    {K::signature_entry, 2, K::signature},
    {K::asset, 1, K::tensor_info},
    {K::meta, 1, K::leaf},
    {K::meta, 2, K::graph},
    {K::meta, 3, K::leaf},
    {K::meta, 5, K::signature_entry},
    {K::meta, 6, K::asset},
    {K::meta, 7, K::object_graph},
    {K::model, 2, K::meta},
    {K::slice, 1, K::leaf},
    {K::bundle, 2, K::shape},
    {K::bundle, 3, K::leaf},
    {K::bundle, 7, K::slice},
};

constexpr std::array<Kind, 4> roots = {Kind::model, Kind::graph, Kind::objects, Kind::bundle};

constexpr int most_depth = 100;
constexpr std::int64_t most_messages = 10'000'000;
constexpr std::size_t most_bytes = (std::size_t{1} << 31) - 1;

std::optional<Kind> child_of(Kind kind, std::uint64_t field) {
  for (const Row& row : rows)
    if (row.in == kind && row.field == field) return row.child;
  return std::nullopt;
}

class Walk {
 public:
  Walk(Bytes bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  void message(std::size_t begin, std::size_t end, Kind kind, int depth) {
    if (depth > most_depth) bad(begin, cat("messages nest deeper than ", most_depth));
    if (++messages_ > most_messages) bad(begin, cat("more than ", most_messages, " messages"));
    for (std::size_t at = begin; at < end;) {
      const std::size_t start = at;
      const std::uint64_t tag = varint(at, end);
      if (tag >> 32 || tag >> 3 == 0) bad(start, "a field number out of range");
      switch (tag & 7) {
        case 0:
          varint(at, end);
          break;
        case 1:
          skip(at, end, 8);
          break;
        case 5:
          skip(at, end, 4);
          break;
        case 2: {
          const std::uint64_t size = varint(at, end);
          if (size > end - at) bad(start, cat("a field of ", size, " bytes, but ", end - at, " remain"));
          const std::optional<Kind> child = child_of(kind, tag >> 3);
          if (child) message(at, at + size, *child, depth + 1);
          at += size;
          break;
        }
        default:
          bad(start, cat("wire type ", tag & 7, ", which no TensorFlow file has"));
      }
    }
  }

 private:
  std::uint64_t varint(std::size_t& at, std::size_t end) {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (at == end) bad(at, "the message ends inside a number");
      const auto byte = std::to_integer<std::uint64_t>(bytes_[at++]);
      if (shift < 64) value |= (byte & 0x7f) << shift;
      if (!(byte & 0x80)) return value;
    }
    bad(at, "a number of more than 10 bytes");
  }

  void skip(std::size_t& at, std::size_t end, std::size_t size) {
    if (size > end - at) bad(at, "the message ends inside a number");
    at += size;
  }

  [[noreturn]] void bad(std::size_t at, const std::string& what) {
    fail(ErrorCode::corrupt_file, name_, ": byte ", at, ": ", what,
         "; the file is damaged or no protobuf message");
  }

  Bytes bytes_;
  const std::string& name_;
  std::int64_t messages_ = 0;
};

}  // namespace

void check_wire(Bytes bytes, Root root, const std::string& name) {
  check(bytes.size() <= most_bytes, ErrorCode::corrupt_file, name, ": ", bytes.size(),
        " bytes; a protobuf message has at most 2 GiB - 1");
  Walk(bytes, name).message(0, bytes.size(), roots[static_cast<std::size_t>(root)], 1);
}

}  // namespace keratin::serialization::protobuf
