// The family of Glorot, He and LeCun: numbers whose variance is scale over the fan.
#pragma once

#include <span>

#include "runtime/keras/initializer.h"

namespace keratin::keras {

enum class FanMode { in, out, average };
enum class Spread { uniform, truncated_normal, untruncated_normal };
// config may name the axes that are units: {"input_axes": […], "output_axes": […]}.
void fill_scaled(const serialization::Json& config, double scale, FanMode mode, Spread spread,
                 std::span<const std::int64_t> shape, RandomSource& random, std::span<double> values);

}  // namespace keratin::keras
