#include "serialization/graph_document.h"

#include <array>
#include <cstring>

#include "runtime/core/error.h"
#include "runtime/core/shape.h"

namespace keratin::serialization {
namespace {

struct TypeRow {
  TfType type;
  DType dtype;
};
constexpr std::array<TypeRow, 14> types = {{{TfType::float32, DType::float32},
                                            {TfType::float64, DType::float64},
                                            {TfType::int32, DType::int32},
                                            {TfType::uint8, DType::uint8},
                                            {TfType::int16, DType::int16},
                                            {TfType::int8, DType::int8},
                                            {TfType::string, DType::string},
                                            {TfType::int64, DType::int64},
                                            {TfType::boolean, DType::boolean},
                                            {TfType::bfloat16, DType::bfloat16},
                                            {TfType::uint16, DType::uint16},
                                            {TfType::float16, DType::float16},
                                            {TfType::uint32, DType::uint32},
                                            {TfType::uint64, DType::uint64}}};

constexpr std::size_t most_repeated_bytes = std::size_t{64} << 20;

}  // namespace

std::optional<DType> dtype_of(TfType type) {
  for (const TypeRow& row : types)
    if (row.type == type) return row.dtype;
  return std::nullopt;
}

TfType tf_type_of(DType dtype) {
  for (const TypeRow& row : types)
    if (row.dtype == dtype) return row.type;
  return TfType::invalid;
}

std::string name_of(TfType type) {
  if (std::optional<DType> dtype = dtype_of(type)) return std::string(keratin::name_of(*dtype));
  switch (type) {
    case TfType::invalid:
      return "invalid";
    case TfType::complex64:
      return "complex64";
    case TfType::complex128:
      return "complex128";
    case TfType::resource:
      return "resource";
    case TfType::variant:
      return "variant";
    default:
      return cat("type ", static_cast<int>(type));
  }
}

std::size_t TfTensor::given() const {
  if (type == TfType::string) return strings.size();
  const std::optional<DType> dtype = dtype_of(type);
  return dtype ? content.size() / size_of(*dtype) : 0;
}

Tensor to_tensor(const TfTensor& value, const std::string& where) {
  const std::optional<DType> dtype = dtype_of(value.type);
  check(dtype && *dtype != DType::string, ErrorCode::unsupported, where, ": a constant of ",
        name_of(value.type), " can't be computed with");
  const auto elements = static_cast<std::size_t>(element_count(value.shape));
  const std::size_t size = size_of(*dtype);
  const std::size_t given = value.given();
  check(value.content.size() == given * size && given <= elements, ErrorCode::corrupt_file, where,
        ": constant of ", name_of(value.type), to_string(value.shape), " has ", value.content.size(),
        " bytes; the file is damaged");
  if (given < elements)  // TensorFlow drops a repeated tail; no value at all stands for zeros
    check(elements <= most_repeated_bytes / size, ErrorCode::corrupt_file, where, ": constant of shape ",
          to_string(value.shape), " is held by ", given, " elements; at most 64 MiB are filled");
  Tensor tensor = Tensor::zeros(*dtype, value.shape);
  if (given == 0) return tensor;
  auto* out = static_cast<std::byte*>(tensor.raw());
  std::memcpy(out, value.content.data(), given * size);
  for (std::size_t i = given; i < elements; ++i) std::memcpy(out + i * size, out + (given - 1) * size, size);
  if (*dtype == DType::boolean)  // any other byte would be no bool of C++
    for (std::size_t i = 0; i < elements; ++i) out[i] = std::byte{out[i] != std::byte{0}};
  return tensor;
}

TfTensor to_tf_tensor(const Tensor& value) {
  TfTensor out;
  out.type = tf_type_of(value.dtype());
  out.shape = value.shape();
  out.content.assign(static_cast<const char*>(value.raw()), value.bytes());
  return out;
}

}  // namespace keratin::serialization
