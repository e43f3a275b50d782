#include "runtime/keras/promote.h"

#include <algorithm>

namespace keratin::keras {
namespace {

bool is_unsigned(DType dtype) {
  return dtype == DType::uint8 || dtype == DType::uint16 || dtype == DType::uint32 || dtype == DType::uint64;
}
DType signed_of(std::size_t bytes) {
  return bytes == 1 ? DType::int8 : bytes == 2 ? DType::int16 : bytes == 4 ? DType::int32 : DType::int64;
}

}  // namespace

DType promote(DType a, DType b) {
  if (a == b) return a;
  if (a == DType::boolean) return b;
  if (b == DType::boolean) return a;
  if (is_floating(a) != is_floating(b)) return is_floating(a) ? a : b;
  if (is_floating(a)) {
    if (size_of(a) == size_of(b)) return DType::float32;  // float16 and bfloat16
    return size_of(a) > size_of(b) ? a : b;
  }
  if (is_unsigned(a) == is_unsigned(b)) return size_of(a) > size_of(b) ? a : b;
  const DType with_sign = is_unsigned(a) ? b : a, without = is_unsigned(a) ? a : b;
  if (without == DType::uint64) return DType::float32;  // no integer holds both
  return signed_of(std::max(size_of(with_sign), 2 * size_of(without)));
}
DType promote_float(DType dtype) { return is_floating(dtype) ? dtype : DType::float32; }
DType promote_int(DType dtype) { return dtype == DType::boolean ? DType::int32 : dtype; }

ir::Values promoted(ir::Values values) {
  if (values.empty()) return values;
  DType common = values[0].dtype();
  for (const ir::Value& value : values) common = promote(common, value.dtype());
  for (ir::Value& value : values) value = ir::cast(value, common);
  return values;
}
ir::Value to_float(ir::Value x) { return ir::cast(x, promote_float(x.dtype())); }

}  // namespace keratin::keras
