#include <cstring>
#include <type_traits>

#include "runtime/core/error.h"
#include "serialization/protobuf/convert.h"

namespace keratin::serialization::protobuf {
namespace {

constexpr int most_rank = 32;

template <class Element, class Field>
std::string packed(const Field& values) {
  std::string bytes(static_cast<std::size_t>(values.size()) * sizeof(Element), '\0');
  char* out = bytes.data();
  for (const auto value : values) {
    const auto element = static_cast<Element>(value);
    std::memcpy(out, &element, sizeof(Element));
    out += sizeof(Element);
  }
  return bytes;
}

// The typed fields of a TensorProto, for the types that have one.
std::string typed_content(const tf::TensorProto& from, TfType type) {
  switch (type) {
    case TfType::float32:
      return packed<float>(from.float_val());
    case TfType::float64:
      return packed<double>(from.double_val());
    case TfType::int32:
      return packed<std::int32_t>(from.int_val());
    case TfType::uint8:
      return packed<std::uint8_t>(from.int_val());
    case TfType::int16:
      return packed<std::int16_t>(from.int_val());
    case TfType::int8:
      return packed<std::int8_t>(from.int_val());
    case TfType::uint16:
      return packed<std::uint16_t>(from.int_val());
    case TfType::int64:
      return packed<std::int64_t>(from.int64_val());
    case TfType::boolean:
      return packed<std::uint8_t>(from.bool_val());
    case TfType::float16:
    case TfType::bfloat16:
      return packed<std::uint16_t>(from.half_val());
    case TfType::uint32:
      return packed<std::uint32_t>(from.uint32_val());
    case TfType::uint64:
      return packed<std::uint64_t>(from.uint64_val());
    default:
      return {};
  }
}

}  // namespace

std::size_t element_size(TfType type) {
  switch (type) {
    case TfType::uint8:
    case TfType::int8:
    case TfType::boolean:
      return 1;
    case TfType::int16:
    case TfType::uint16:
    case TfType::float16:
    case TfType::bfloat16:
      return 2;
    case TfType::float32:
    case TfType::int32:
    case TfType::uint32:
      return 4;
    case TfType::float64:
    case TfType::int64:
    case TfType::uint64:
      return 8;
    default:
      return 0;
  }
}

TfShape to_shape(const tf::TensorShapeProto& from) {
  check(from.dim_size() <= most_rank, ErrorCode::corrupt_file, "a shape of rank ", from.dim_size(),
        "; at most ", most_rank, " is read");
  TfShape shape;
  shape.unknown_rank = from.unknown_rank();
  for (const auto& dim : from.dim()) {
    check(dim.size() >= -1, ErrorCode::corrupt_file, "a shape has the dimension ", dim.size());
    shape.dims.push_back(dim.size());
  }
  return shape;
}

TfTensor to_tensor_value(tf::TensorProto& from, const std::string& where) {
  TfTensor value;
  value.type = static_cast<TfType>(from.dtype());
  const TfShape shape = within(where, [&] { return to_shape(from.tensor_shape()); });
  for (const std::int64_t dim : shape.dims)
    check(dim >= 0, ErrorCode::corrupt_file, where, ": a constant has a dimension that is not known");
  value.shape = shape.dims;
  if (value.type == TfType::string) {
    for (std::string& element : *from.mutable_string_val()) value.strings.push_back(std::move(element));
  } else {
    value.content = from.tensor_content().empty() ? typed_content(from, value.type)
                                                  : std::move(*from.mutable_tensor_content());
  }
  return value;
}

}  // namespace keratin::serialization::protobuf
