#include <cmath>

#include "runtime/keras/initializer.h"

namespace keratin {
namespace {

using namespace keras;

// The state of Keras' SeedGenerator: the layer's seed, or any other, and the number of the next draw.
void fill(const serialization::Json& config, std::span<const std::int64_t>, RandomSource& random,
          std::span<double> values) {
  const serialization::Json* seed = config.find("seed");
  values[0] = seed && !seed->is_null() ? seed->as_number() : std::floor(random.uniform() * 2147483647.0);
  values[1] = 0;
}

}  // namespace
extern const InitializerDef initializer_seed_generator{"SeedGenerator", fill};
}  // namespace keratin
