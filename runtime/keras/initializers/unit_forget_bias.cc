#include <algorithm>

#include "runtime/keras/initializer.h"

namespace keratin {
namespace {

using namespace keras;

// The bias of LSTM gates i, f, c, o with unit_forget_bias: ones for f, the others by bias_initializer.
void fill(const serialization::Json& config, std::span<const std::int64_t> shape, RandomSource& random,
          std::span<double> values) {
  const serialization::Json* inner = config.find("bias_initializer");
  const Tensor drawn = initialize(inner ? *inner : serialization::Json("zeros"), DType::float64,
                                  Shape(shape.begin(), shape.end()), random);
  std::copy_n(drawn.values<double>().begin(), values.size(), values.begin());
  const auto units = static_cast<std::ptrdiff_t>(values.size() / 4);
  std::fill(values.begin() + units, values.begin() + 2 * units, 1.0);
}

}  // namespace
extern const InitializerDef initializer_unit_forget_bias{"UnitForgetBias", fill};
}  // namespace keratin
