#include "runtime/keras/images.h"

#include <algorithm>
#include <array>
#include <limits>

#include "runtime/core/half.h"

namespace keratin::keras {
namespace {

struct Size {
  std::int64_t height, width;
};

Size known_size(ir::Value x) {
  check(x.shape()[1].is_constant() && x.shape()[2].is_constant(), ErrorCode::unsupported,
        "images of unknown size can't be brought to an aspect ratio yet: ", ir::to_string(x.shape()));
  return {x.shape()[1].value(), x.shape()[2].value()};
}

// a · b / c in float32, cut to an integer, as the original does.
std::int64_t scaled(std::int64_t a, std::int64_t b, std::int64_t c) {
  return static_cast<std::int64_t>(static_cast<float>(a * b) / static_cast<float>(c));
}

ir::Value clamped(ir::Value x, DType dtype) {
  double low = 0, high = 0;
  visit_dtype(dtype, [&]<class T>() {
    if constexpr (std::is_integral_v<T>) {
      low = static_cast<double>(std::numeric_limits<T>::lowest());
      high = static_cast<double>(std::numeric_limits<T>::max());
    }
  });
  return ir::maximum(ir::minimum(x, ir::constant_like(x, high)), ir::constant_like(x, low));
}

}  // namespace

void check_interpolation(const std::string& method) {
  constexpr std::array methods = {"nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", "area"};
  check(std::find(methods.begin(), methods.end(), method) != methods.end(), ErrorCode::corrupt_file,
        "interpolation \"", method, "\" is unknown");
}

ir::Value resize_image(ir::Value x, const ir::Dims& size, const std::string& method, bool antialias) {
  if (method == "nearest") return ir::resize(x, size, "nearest");
  const DType dtype = x.dtype();
  const bool wide = dtype == DType::float32 || dtype == DType::float64;
  const ir::Value y = ir::resize(wide ? x : ir::cast(x, DType::float32), size, method.c_str(), antialias);
  if (wide) return y;
  return ir::cast(is_integer(dtype) ? clamped(ir::unary("round", y), dtype) : y, dtype);
}

ir::Value crop_to_aspect(ir::Value x, std::int64_t height, std::int64_t width) {
  const Size in = known_size(x);
  const std::int64_t h = std::max<std::int64_t>(std::min(in.height, scaled(in.width, height, width)), 1);
  const std::int64_t w = std::max<std::int64_t>(std::min(in.width, scaled(in.height, width, height)), 1);
  const std::int64_t top = (in.height - h) / 2, left = (in.width - w) / 2;
  return ir::slice_axis(ir::slice_axis(x, 1, top, top + h), 2, left, left + w);
}

ir::Value pad_to_aspect(ir::Value x, std::int64_t height, std::int64_t width, double fill) {
  const Size in = known_size(x);
  const std::int64_t h = std::max(in.height, scaled(in.width, height, width));
  const std::int64_t w = std::max(in.width, scaled(in.height, width, height));
  const std::int64_t top = (h - in.height) / 2, left = (w - in.width) / 2;
  // an odd rest is left out on both sides
  return ir::pad(x, {0, top, left, 0}, {0, top, left, 0}, fill);
}

}  // namespace keratin::keras
