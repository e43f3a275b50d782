#include <algorithm>

#include "runtime/core/error.h"
#include "runtime/keras/initializer.h"

namespace keratin {
namespace {

void fill(const serialization::Json& config, std::span<const std::int64_t> shape, keras::RandomSource&,
          std::span<double> values) {
  check(shape.size() == 2, ErrorCode::corrupt_file, "Identity is for matrices, not for ", shape.size(),
        " axes");
  std::fill(values.begin(), values.end(), 0.0);
  const double gain = keras::number_or(config, "gain", 1);
  for (std::int64_t i = 0; i < std::min(shape[0], shape[1]); ++i)
    values[static_cast<std::size_t>(i * shape[1] + i)] = gain;
}
constexpr const char* aliases[] = {"identity", "IdentityInitializer"};

}  // namespace
extern const keras::InitializerDef initializer_identity{"Identity", fill, aliases};
}  // namespace keratin
