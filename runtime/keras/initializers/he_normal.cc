#include "runtime/keras/initializers/variance_scaling.h"

namespace keratin {
namespace {

using namespace keras;
void fill(const serialization::Json& config, std::span<const std::int64_t> shape, RandomSource& random,
          std::span<double> values) {
  fill_scaled(config, 2, FanMode::in, Spread::truncated_normal, shape, random, values);
}
constexpr const char* aliases[] = {"he_normal"};

}  // namespace
extern const InitializerDef initializer_he_normal{"HeNormal", fill, aliases};
}  // namespace keratin
