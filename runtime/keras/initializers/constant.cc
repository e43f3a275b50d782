#include <algorithm>

#include "runtime/core/error.h"
#include "runtime/core/shape.h"
#include "runtime/keras/initializer.h"
#include "runtime/keras/numbers.h"

namespace keratin {
namespace {

void fill(const serialization::Json& config, std::span<const std::int64_t> shape, keras::RandomSource&,
          std::span<double> values) {
  const serialization::Json* value = config.find("value");
  const keras::Numbers numbers = keras::read_numbers(value ? *value : serialization::Json(0));
  // One number, or the last axes' numbers again and again
  check(!numbers.values.empty() && numbers.shape.size() <= shape.size() &&
            std::equal(numbers.shape.rbegin(), numbers.shape.rend(), shape.rbegin()),
        ErrorCode::corrupt_file, "Constant: a value of shape ", to_string(numbers.shape),
        " doesn't fit a weight of shape ", to_string(shape));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = numbers.values[i % numbers.values.size()];
}
constexpr const char* aliases[] = {"constant"};

}  // namespace
extern const keras::InitializerDef initializer_constant{"Constant", fill, aliases};
}  // namespace keratin
