// Initializers: seeded, with Keras' distributions. One file each in initializers/.
#pragma once

#include <span>
#include <string_view>

#include "keratin/tensor.h"
#include "serialization/json/json.h"

namespace keratin::keras {

// Uniform bits of a seeded counter generator; two calls with the same seed give the same stream.
class RandomSource {
 public:
  explicit RandomSource(std::uint64_t seed) : key_(seed) {}
  double uniform();           // [0, 1)
  double normal();            // mean 0, deviation 1
  double truncated_normal();  // the same, redrawn outside of two deviations
 private:
  std::uint64_t next();
  std::uint64_t key_, counter_ = 0;
  bool has_spare_ = false;
  double spare_ = 0;
};

// An entry of an initializer's config, which may be null. Throws Error{corrupt_file} when it is no number.
inline double number_or(const serialization::Json& config, std::string_view key, double fallback) {
  const serialization::Json* found = config.find(key);
  return found && !found->is_null() ? found->as_number() : fallback;
}

struct InitializerDef {
  const char* class_name;
  // Fills values (row-major, of this shape) with numbers; config is Keras' config of the initializer.
  void (*fill)(const serialization::Json& config, std::span<const std::int64_t> shape, RandomSource& random,
               std::span<double> values);
  std::span<const char* const> aliases = {};  // "zeros", "glorot_uniform" …
};

// object: an alias string, an object form, or null (zeros). Throws Error{unsupported} for an unknown one.
Tensor initialize(const serialization::Json& object, DType dtype, const Shape& shape, RandomSource& random);
// Throws Error{unsupported} when object names no initializer.
void check_initializer(const serialization::Json& object);

}  // namespace keratin::keras

namespace keratin {
std::span<const keras::InitializerDef* const> registry_initializers();
}
