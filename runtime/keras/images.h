// What layers that resize images share.
#pragma once

#include "runtime/keras/spatial.h"

namespace keratin::keras {

// Throws Error{corrupt_file} for an unknown method.
void check_interpolation(const std::string& method);
// (N, H, W, C) to size, in x's dtype, as TensorFlow computes it: in float32, integers rounded and clamped.
ir::Value resize_image(ir::Value x, const ir::Dims& size, const std::string& method, bool antialias);

// The block of (N, H, W, C) that has the shape of height to width, cut out of the middle. Known sizes only.
ir::Value crop_to_aspect(ir::Value x, std::int64_t height, std::int64_t width);
// The same by adding what is missing.
ir::Value pad_to_aspect(ir::Value x, std::int64_t height, std::int64_t width, double fill);

}  // namespace keratin::keras
