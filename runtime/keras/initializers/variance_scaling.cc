#include "runtime/keras/initializers/variance_scaling.h"

#include <algorithm>
#include <cmath>

#include "runtime/core/error.h"

namespace keratin {
namespace keras {

void fill_scaled(double scale, FanMode mode, Spread spread, std::span<const std::int64_t> shape,
                 RandomSource& random, std::span<double> values) {
  double field = 1;  // product of the spatial dims
  for (std::size_t i = 0; i + 2 < shape.size(); ++i) field *= static_cast<double>(shape[i]);
  const double in = shape.empty()       ? 1
                    : shape.size() == 1 ? double(shape[0])
                                        : double(shape[shape.size() - 2]) * field;
  const double out = shape.empty() ? 1 : double(shape.back()) * (shape.size() == 1 ? 1 : field);
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
  const Spread spread = d == "uniform"              ? Spread::uniform
                        : d == "untruncated_normal" ? Spread::untruncated_normal
                                                    : Spread::truncated_normal;
  fill_scaled(scale ? scale->as_number() : 1,
              m == "fan_in"    ? FanMode::in
              : m == "fan_out" ? FanMode::out
                               : FanMode::average,
              spread, shape, random, values);
}

}  // namespace
extern const InitializerDef initializer_variance_scaling{"VarianceScaling", fill, {}};
}  // namespace keratin
