#include "runtime/keras/initializers/variance_scaling.h"

#include <algorithm>
#include <cmath>

#include "runtime/core/error.h"
#include "runtime/core/shape.h"

namespace keratin {
namespace keras {
namespace {

struct Fans {
  double in = 1, out = 1;
};

double product(const serialization::Json& axes, std::span<const std::int64_t> shape) {
  double size = 1;
  for (const serialization::Json& axis : axes.as_array())
    size *=
        static_cast<double>(shape[static_cast<std::size_t>(normalize_axis(axis.as_integer(), shape.size()))]);
  return size;
}

Fans fans_of(const serialization::Json& config, std::span<const std::int64_t> shape) {
  const auto* in = config.find("input_axes");
  const auto* out = config.find("output_axes");
  if (in && out && !in->is_null() && !out->is_null()) return {product(*in, shape), product(*out, shape)};
  if (shape.empty()) return {};
  if (shape.size() == 1) return {double(shape[0]), double(shape[0])};
  double field = 1;  // product of the spatial dims
  for (std::size_t i = 0; i + 2 < shape.size(); ++i) field *= static_cast<double>(shape[i]);
  return {double(shape[shape.size() - 2]) * field, double(shape.back()) * field};
}

}  // namespace

void fill_scaled(const serialization::Json& config, double scale, FanMode mode, Spread spread,
                 std::span<const std::int64_t> shape, RandomSource& random, std::span<double> values) {
  const auto [in, out] = fans_of(config, shape);
  const double fan = std::max(1.0, mode == FanMode::in ? in : mode == FanMode::out ? out : (in + out) / 2);
  const double variance = scale / fan;
  if (spread == Spread::uniform) {
    const double limit = std::sqrt(3 * variance);
    for (double& value : values) value = (2 * random.uniform() - 1) * limit;
  } else {
    // the deviation of a normal that is cut at two deviations is 0.8796 of the original
    const double deviation =
        std::sqrt(variance) / (spread == Spread::truncated_normal ? 0.87962566103423978 : 1);
    for (double& value : values)
      value = deviation * (spread == Spread::truncated_normal ? random.truncated_normal() : random.normal());
  }
}

}  // namespace keras
namespace {

using namespace keras;

void fill(const serialization::Json& config, std::span<const std::int64_t> shape, RandomSource& random,
          std::span<double> values) {
  const auto* scale = config.find("scale");
  const auto* mode = config.find("mode");
  const auto* distribution = config.find("distribution");
  const std::string m = mode ? mode->as_string() : "fan_in",
                    d = distribution ? distribution->as_string() : "truncated_normal";
  check(m == "fan_in" || m == "fan_out" || m == "fan_avg", ErrorCode::corrupt_file,
        "VarianceScaling: mode \"", m, "\" is unknown");
  check(d == "uniform" || d == "normal" || d == "truncated_normal" || d == "untruncated_normal",
        ErrorCode::corrupt_file, "VarianceScaling: distribution \"", d, "\" is unknown");
  check(!scale || scale->as_number() > 0, ErrorCode::corrupt_file, "VarianceScaling: scale ",
        scale ? scale->as_number() : 0, ": expected a positive number");
  const Spread spread = d == "uniform"              ? Spread::uniform
                        : d == "untruncated_normal" ? Spread::untruncated_normal
                                                    : Spread::truncated_normal;
  fill_scaled(config, scale ? scale->as_number() : 1,
              m == "fan_in"    ? FanMode::in
              : m == "fan_out" ? FanMode::out
                               : FanMode::average,
              spread, shape, random, values);
}

constexpr const char* aliases[] = {"variance_scaling"};

}  // namespace
extern const InitializerDef initializer_variance_scaling{"VarianceScaling", fill, aliases};
}  // namespace keratin
