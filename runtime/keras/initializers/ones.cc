#include <algorithm>

#include "runtime/keras/initializer.h"

namespace keratin {
namespace {

void fill(const serialization::Json&, std::span<const std::int64_t>, keras::RandomSource&,
          std::span<double> values) {
  std::fill(values.begin(), values.end(), 1.0);
}
constexpr const char* aliases[] = {"ones", "one"};

}  // namespace
extern const keras::InitializerDef initializer_ones{"Ones", fill, aliases};
}  // namespace keratin
