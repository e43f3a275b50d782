#include "runtime/core/shape.h"

#include "runtime/core/error.h"

namespace keratin {

std::int64_t checked_mul(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  check(!__builtin_mul_overflow(a, b, &product), ErrorCode::invalid_argument, "size ", a, " * ", b,
        " is beyond 64 bits");
  return product;
}

std::int64_t element_count(std::span<const std::int64_t> shape) {
  std::int64_t count = 1;
  for (std::int64_t dim : shape) {
    check(dim >= 0, ErrorCode::invalid_argument, "shape ", to_string(shape), " has a negative dimension");
    count = checked_mul(count, dim);
  }
  return count;
}

Shape row_major_strides(std::span<const std::int64_t> shape) {
  Shape strides(shape.size());
  std::int64_t step = 1;
  for (std::size_t i = shape.size(); i-- > 0; step *= shape[i]) strides[i] = step;
  return strides;
}

std::int64_t normalize_axis(std::int64_t axis, std::size_t rank) {
  const auto n = static_cast<std::int64_t>(rank);
  check(axis >= -n && axis < n, ErrorCode::invalid_argument, "axis ", axis, " is outside of rank ", rank);
  return axis < 0 ? axis + n : axis;
}

std::string to_string(std::span<const std::int64_t> shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

}  // namespace keratin
