#include "runtime/keras/initializers/variance_scaling.h"

namespace keratin {
namespace {

using namespace keras;
void fill(const serialization::Json& config, std::span<const std::int64_t> shape, RandomSource& random,
          std::span<double> values) {
  fill_scaled(config, 1, FanMode::in, Spread::truncated_normal, shape, random, values);
}
constexpr const char* aliases[] = {"lecun_normal"};

}  // namespace
extern const InitializerDef initializer_lecun_normal{"LecunNormal", fill, aliases};
}  // namespace keratin
