#include "runtime/keras/initializer.h"

namespace keratin {
namespace {

void fill(const serialization::Json& config, std::span<const std::int64_t>, keras::RandomSource& random,
          std::span<double> values) {
  const double low = keras::number_or(config, "minval", -0.05),
               high = keras::number_or(config, "maxval", 0.05);
  for (double& value : values) value = low + (high - low) * random.uniform();
}
constexpr const char* aliases[] = {"random_uniform", "uniform"};

}  // namespace
extern const keras::InitializerDef initializer_random_uniform{"RandomUniform", fill, aliases};
}  // namespace keratin
