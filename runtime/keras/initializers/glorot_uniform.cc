#include "runtime/keras/initializers/variance_scaling.h"

namespace keratin {
namespace {

using namespace keras;
void fill(const serialization::Json& config, std::span<const std::int64_t> shape, RandomSource& random,
          std::span<double> values) {
  fill_scaled(config, 1, FanMode::average, Spread::uniform, shape, random, values);
}
constexpr const char* aliases[] = {"glorot_uniform"};

}  // namespace
extern const InitializerDef initializer_glorot_uniform{"GlorotUniform", fill, aliases};
}  // namespace keratin
