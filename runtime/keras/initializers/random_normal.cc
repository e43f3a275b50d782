#include "runtime/keras/initializer.h"

namespace keratin {
namespace {

void fill(const serialization::Json& config, std::span<const std::int64_t>, keras::RandomSource& random,
          std::span<double> values) {
  const double mean = keras::number_or(config, "mean", 0), stddev = keras::number_or(config, "stddev", 0.05);
  for (double& value : values) value = mean + stddev * random.normal();
}
constexpr const char* aliases[] = {"random_normal", "normal"};

}  // namespace
extern const keras::InitializerDef initializer_random_normal{"RandomNormal", fill, aliases};
}  // namespace keratin
