#include "runtime/keras/initializers/variance_scaling.h"

namespace keratin {
namespace {

using namespace keras;
void fill(const serialization::Json& config, std::span<const std::int64_t> shape, RandomSource& random,
          std::span<double> values) {
  fill_scaled(config, 2, FanMode::in, Spread::uniform, shape, random, values);
}
constexpr const char* aliases[] = {"he_uniform"};

}  // namespace
extern const InitializerDef initializer_he_uniform{"HeUniform", fill, aliases};
}  // namespace keratin
