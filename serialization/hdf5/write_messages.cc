#include "serialization/hdf5/write_messages.h"

#include "runtime/core/error.h"
#include "serialization/little_endian.h"

namespace keratin::serialization::hdf5 {
namespace {

constexpr std::uint64_t undefined = ~std::uint64_t{0};
constexpr std::size_t prefix_size = 16, message_prefix = 8;
constexpr std::size_t longest_message = 65528;  // 16 bits, in multiples of eight

Image type_head(std::uint8_t number, std::uint32_t bits, std::size_t size) {
  Image out;
  append_le<std::uint8_t>(out, 0x10 | number);  // version 1
  for (int shift : {0, 8, 16}) append_le<std::uint8_t>(out, static_cast<std::uint8_t>(bits >> shift));
  append_le<std::uint32_t>(out, static_cast<std::uint32_t>(size));
  return out;
}

Image integer_type(std::size_t size, bool is_signed) {
  Image out = type_head(0, is_signed ? 0x08 : 0, size);
  append_le<std::uint16_t>(out, 0);
  append_le<std::uint16_t>(out, static_cast<std::uint16_t>(8 * size));
  return out;
}

Image float_type(std::size_t size, std::uint8_t exponent_bits) {
  const auto bits = static_cast<std::uint32_t>(8 * size);
  const auto mantissa = static_cast<std::uint8_t>(bits - 1 - exponent_bits);
  Image out = type_head(1, 0x20 | (bits - 1) << 8, size);  // implied leading one, place of the sign
  append_le<std::uint16_t>(out, 0);
  append_le<std::uint16_t>(out, static_cast<std::uint16_t>(bits));
  for (const std::uint8_t part : {mantissa, exponent_bits, std::uint8_t{0}, mantissa})
    append_le<std::uint8_t>(out, part);
  append_le<std::uint32_t>(out, (1u << (exponent_bits - 1)) - 1);
  return out;
}

void append(Image& out, const Image& part) { out.insert(out.end(), part.begin(), part.end()); }

void append_text(Image& out, std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

Image bool_type() {  // h5py's enumeration of one signed byte
  Image out = type_head(8, 2, 1);
  append(out, integer_type(1, true));
  for (const char* name : {"FALSE\0\0", "TRUE\0\0\0"}) append_text(out, {name, 8});
  append_le<std::uint8_t>(out, 0);
  append_le<std::uint8_t>(out, 1);
  return out;
}

Image attribute_body(const WriteAttribute& a) {
  Image out;
  append_le<std::uint8_t>(out, 1);  // version
  append_le<std::uint8_t>(out, 0);
  append_le<std::uint16_t>(out, static_cast<std::uint16_t>(a.name.size() + 1));
  append_le<std::uint16_t>(out, static_cast<std::uint16_t>(a.type.size()));
  append_le<std::uint16_t>(out, static_cast<std::uint16_t>(a.space.size()));
  append_text(out, {a.name.c_str(), a.name.size() + 1});
  pad8(out);
  for (const Image* part : {&a.type, &a.space}) {
    append(out, *part);
    pad8(out);
  }
  if (a.is_text) {
    append_le<std::uint32_t>(out, static_cast<std::uint32_t>(a.text.size()));
    append_le<std::uint64_t>(out, a.collection);
    append_le<std::uint32_t>(out, a.index);
  } else {
    append(out, a.data);
  }
  pad8(out);
  check(out.size() <= longest_message, ErrorCode::invalid_argument, "attribute \"", a.name, "\" takes ",
        out.size(), " bytes; an object header holds at most ", longest_message, " of one attribute");
  return out;
}

struct Part {
  std::uint16_t type;
  bool constant;
  Image body;
};

std::vector<Part> dataset_parts(const WriteNode& node) {
  Image fill;
  for (const int field : {2, 2, 2, 1, 0, 0, 0, 0})
    append_le<std::uint8_t>(fill, static_cast<std::uint8_t>(field));
  Image layout;
  append_le<std::uint8_t>(layout, 3);  // version
  append_le<std::uint8_t>(layout, 1);  // contiguous
  append_le<std::uint64_t>(layout, node.bytes ? node.values_at : undefined);
  append_le<std::uint64_t>(layout, node.bytes);
  return {{0x01, false, node.space}, {0x03, true, node.type}, {0x05, true, fill}, {0x08, false, layout}};
}

std::vector<Part> parts_of(const WriteNode& node) {
  std::vector<Part> out;
  if (node.is_dataset) {
    out = dataset_parts(node);
  } else {
    Image table;
    append_le<std::uint64_t>(table, node.tree);
    append_le<std::uint64_t>(table, node.heap);
    out.push_back({0x11, false, table});
  }
  for (const WriteAttribute& a : node.attributes) out.push_back({0x0c, false, attribute_body(a)});
  for (Part& part : out) pad8(part.body);
  return out;
}

std::uint64_t messages_size(const std::vector<Part>& parts) {
  std::uint64_t size = 0;
  for (const Part& part : parts) size += message_prefix + part.body.size();
  return size;
}

}  // namespace

void pad8(Image& image) { image.resize((image.size() + 7) / 8 * 8); }

Image number_type(DType dtype) {
  switch (dtype) {
    case DType::boolean:
      return bool_type();
    case DType::float16:
      return float_type(2, 5);
    case DType::float32:
      return float_type(4, 8);
    case DType::float64:
      return float_type(8, 11);
    case DType::bfloat16:
      return type_head(5, 0, 2);  // opaque; an attribute "dtype" says what it is
    case DType::string:
      fail(ErrorCode::unsupported, "string tensors are not written to HDF5");
    default:
      return integer_type(size_of(dtype), dtype >= DType::int8 && dtype <= DType::int64);
  }
}

Image fixed_string_type(std::size_t width) { return type_head(3, 1, width); }  // padded with zeros

Image text_type(bool is_utf8) {
  Image out = type_head(9, 0x01 | (is_utf8 ? 0x100 : 0), 16);
  append(out, integer_type(1, false));
  return out;
}

Image dataspace(const Shape& shape) {
  Image out;
  append_le<std::uint8_t>(out, 1);  // version
  append_le<std::uint8_t>(out, static_cast<std::uint8_t>(shape.size()));
  out.resize(8);
  for (const std::int64_t dim : shape) append_le<std::uint64_t>(out, static_cast<std::uint64_t>(dim));
  return out;
}

std::uint64_t header_size(const WriteNode& node) { return prefix_size + messages_size(parts_of(node)); }

void append_header(Image& out, const WriteNode& node) {
  const std::vector<Part> parts = parts_of(node);
  append_le<std::uint8_t>(out, 1);  // version
  append_le<std::uint8_t>(out, 0);
  append_le<std::uint16_t>(out, static_cast<std::uint16_t>(parts.size()));
  append_le<std::uint32_t>(out, 1);  // references
  append_le<std::uint32_t>(out, static_cast<std::uint32_t>(messages_size(parts)));
  append_le<std::uint32_t>(out, 0);
  for (const Part& part : parts) {
    append_le<std::uint16_t>(out, part.type);
    append_le<std::uint16_t>(out, static_cast<std::uint16_t>(part.body.size()));
    append_le<std::uint8_t>(out, part.constant);
    for (int i = 0; i < 3; ++i) append_le<std::uint8_t>(out, 0);
    append(out, part.body);
  }
}

}  // namespace keratin::serialization::hdf5
