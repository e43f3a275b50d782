#include "serialization/hdf5/datatype.h"

namespace keratin::serialization::hdf5 {
namespace {

using Kind = Datatype::Kind;

struct FloatLayout {
  std::uint64_t size;
  std::uint8_t exponent_at, exponent_bits, mantissa_bits;
  std::uint32_t bias;
  DType dtype;
};
constexpr FloatLayout floats[] = {
    {2, 10, 5, 10, 15, DType::float16},
    {2, 7, 8, 7, 127, DType::bfloat16},
    {4, 23, 8, 23, 127, DType::float32},
    {8, 52, 11, 52, 1023, DType::float64},
};

void read_integer(Cursor& in, std::uint32_t bits, Datatype& out) {
  const std::uint16_t start = in.u16(), precision = in.u16();
  const bool is_signed = bits & 0x08;
  out.big_endian = bits & 0x01;
  if (start != 0 || precision != 8 * out.size || out.size > 8) {
    out.name = cat(precision, "-bit integer in ", out.size, " bytes");
    return;
  }
  out.kind = Kind::number;
  switch (out.size) {
    case 1:
      out.dtype = is_signed ? DType::int8 : DType::uint8;
      break;
    case 2:
      out.dtype = is_signed ? DType::int16 : DType::uint16;
      break;
    case 4:
      out.dtype = is_signed ? DType::int32 : DType::uint32;
      break;
    case 8:
      out.dtype = is_signed ? DType::int64 : DType::uint64;
      break;
    default:
      out.kind = Kind::other;
  }
}

void read_float(Cursor& in, std::uint32_t bits, Datatype& out) {
  const std::uint16_t start = in.u16(), precision = in.u16();
  const std::uint8_t exponent_at = in.u8(), exponent_bits = in.u8(), mantissa_at = in.u8(),
                     mantissa_bits = in.u8();
  const std::uint32_t bias = in.u32();
  const std::uint32_t sign_at = bits >> 8 & 0xff;
  out.big_endian = bits & 0x01;
  const bool vax_order = bits & 0x40;
  for (const FloatLayout& f : floats) {
    if (vax_order || f.size != out.size || start != 0 || precision != 8 * f.size ||
        sign_at != precision - 1u || mantissa_at != 0 || f.exponent_at != exponent_at ||
        f.exponent_bits != exponent_bits || f.mantissa_bits != mantissa_bits || f.bias != bias)
      continue;
    out.kind = Kind::number;
    out.dtype = f.dtype;
    return;
  }
  out.name = cat(precision, "-bit float (", int{exponent_bits}, " exponent, ", int{mantissa_bits},
                 " mantissa bits)");
}

// An enumeration of FALSE and TRUE over one byte is how h5py stores bool.
void read_enumeration(Cursor& in, std::uint32_t bits, std::uint8_t version, Datatype& out) {
  const std::uint32_t members = bits & 0xffff;
  Cursor peek = in;
  if ((peek.u8() & 0x0f) != 0) return;  // only integers are enumerated
  const Datatype base = read_datatype(in);
  out = base;
  if (base.kind != Kind::number || base.size != 1 || members != 2) return;
  in.skip(8 + 4);  // the base: an integer, whose header and properties take twelve bytes
  bool names_match = true;
  for (const char* expected : {"FALSE", "TRUE"}) {
    std::string name;
    for (char c; (c = static_cast<char>(in.u8())) != 0;) {
      if (name.size() > 8) return;
      name += c;
    }
    if (version < 3) in.pad8(name.size() + 1);
    names_match = names_match && name == expected;
  }
  if (names_match && in.u8() == 0 && in.u8() == 1) out.dtype = DType::boolean;
}

const char* class_name(std::uint8_t number) {
  constexpr const char* names[] = {"integer", "float",    "time",      "string",      "bit field",
                                   "opaque",  "compound", "reference", "enumeration", "variable-length list",
                                   "array",   "complex"};
  return number < std::size(names) ? names[number] : "unknown";
}

}  // namespace

Datatype read_datatype(Cursor in) {
  const std::uint8_t head = in.u8();
  const std::uint8_t version = head >> 4, number = head & 0x0f;
  if (version < 1 || version > 5) in.unsupported(cat("version ", int{version}, " is unknown"));
  const auto bits = static_cast<std::uint32_t>(in.unsigned_of(3));
  Datatype out;
  out.size = in.u32();
  if (out.size == 0) in.damaged("elements have no bytes");
  out.name = class_name(number);
  switch (number) {
    case 0:
      read_integer(in, bits, out);
      break;
    case 1:
      read_float(in, bits, out);
      break;
    case 3:
      out.kind = Kind::fixed_string;
      out.padding = (bits & 0x0f) == 2 ? ' ' : '\0';
      break;
    case 5:
      out.kind = Kind::opaque;
      break;
    case 8:
      read_enumeration(in, bits, version, out);
      break;
    case 9:
      if ((bits & 0x0f) == 1) out.kind = Kind::vlen_string;
      break;
    default:
      break;
  }
  return out;
}

Dataspace read_dataspace(Cursor in) {
  const std::uint8_t version = in.u8(), rank = in.u8(), flags = in.u8();
  Dataspace out;
  if (version == 1) {
    in.skip(5);
    out.kind = rank ? Dataspace::Kind::simple : Dataspace::Kind::scalar;
  } else if (version == 2) {
    const std::uint8_t kind = in.u8();
    if (kind > 2) in.damaged(cat("kind ", int{kind}, " is unknown"));
    out.kind = static_cast<Dataspace::Kind>(kind);
  } else {
    in.unsupported(cat("version ", int{version}, " is unknown"));
  }
  if (rank > 32) in.damaged(cat("rank ", int{rank}, " is beyond 32"));
  if (rank != 0 && out.kind != Dataspace::Kind::simple) in.damaged("a scalar has dims");
  const std::uint64_t none = undefined_address >> (64 - 8 * in.widths().length);
  auto dim = [&](bool may_be_endless) -> std::int64_t {
    const std::uint64_t value = in.length();
    if (may_be_endless && value == none) return -1;
    if (value > INT64_MAX) in.damaged("a dim is beyond int64");
    return static_cast<std::int64_t>(value);
  };
  out.shape.resize(rank);
  for (std::int64_t& d : out.shape) d = dim(false);
  if (!(flags & 0x01)) return out;
  out.limits.resize(rank);
  for (int i = 0; i < rank; ++i) {
    out.limits[i] = dim(true);
    if (out.limits[i] != -1 && out.limits[i] < out.shape[i]) in.damaged("a dim is larger than its limit");
  }
  return out;
}

std::uint64_t Dataspace::elements() const {
  if (kind == Kind::null) return 0;
  std::uint64_t count = 1;
  bool empty = false;
  for (std::int64_t dim : shape) {
    if (dim == 0)
      empty = true;
    else
      check(!__builtin_mul_overflow(count, static_cast<std::uint64_t>(dim), &count) && count <= INT64_MAX,
            ErrorCode::corrupt_file,
            "dataspace: the number of elements is beyond int64; the file is damaged or hostile");
  }
  return empty ? 0 : count;
}

}  // namespace keratin::serialization::hdf5
