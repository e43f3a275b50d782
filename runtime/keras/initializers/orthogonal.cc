#include <algorithm>
#include <cmath>
#include <vector>

#include "runtime/core/error.h"
#include "runtime/keras/initializer.h"

namespace keratin {
namespace {

// Gram and Schmidt, each vector cleaned twice: as good as Householder's in double precision.
void make_orthonormal(std::vector<double>& vectors, std::size_t count, std::size_t length) {
  for (std::size_t i = 0; i < count; ++i) {
    double* v = vectors.data() + i * length;
    for (std::size_t pass = 0; pass < 2; ++pass)
      for (std::size_t j = 0; j < i; ++j) {
        const double* u = vectors.data() + j * length;
        double along = 0;
        for (std::size_t k = 0; k < length; ++k) along += u[k] * v[k];
        for (std::size_t k = 0; k < length; ++k) v[k] -= along * u[k];
      }
    double squares = 0;
    for (std::size_t k = 0; k < length; ++k) squares += v[k] * v[k];
    const double norm = std::sqrt(squares);
    for (std::size_t k = 0; k < length; ++k) v[k] /= norm;
  }
}

void fill(const serialization::Json& config, std::span<const std::int64_t> shape, keras::RandomSource& random,
          std::span<double> values) {
  check(shape.size() >= 2, ErrorCode::corrupt_file, "Orthogonal is for two axes and more, not for ",
        shape.size());
  const auto columns = static_cast<std::size_t>(shape.back());
  const std::size_t rows = columns ? values.size() / columns : 0;
  const std::size_t count = std::min(rows, columns), length = std::max(rows, columns);
  std::vector<double> vectors(count * length);
  for (double& value : vectors) value = random.normal();
  make_orthonormal(vectors, count, length);
  const double gain = keras::number_or(config, "gain", 1);
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t k = 0; k < length; ++k)
      values[rows < columns ? i * columns + k : k * columns + i] = gain * vectors[i * length + k];
}
constexpr const char* aliases[] = {"orthogonal", "OrthogonalInitializer"};

}  // namespace
extern const keras::InitializerDef initializer_orthogonal{"Orthogonal", fill, aliases};
}  // namespace keratin
