#include <algorithm>

#include "runtime/keras/initializer.h"

namespace keratin {
namespace {

void fill(const serialization::Json&, std::span<const std::int64_t>, keras::RandomSource&,
          std::span<double> values) {
  std::fill(values.begin(), values.end(), 0.0);
}
constexpr const char* aliases[] = {"zeros", "zero"};

}  // namespace
extern const keras::InitializerDef initializer_zeros{"Zeros", fill, aliases};
}  // namespace keratin
