#include "runtime/keras/initializer.h"

#include <cmath>
#include <numbers>

#include "runtime/core/error.h"
#include "runtime/core/half.h"
#include "runtime/core/shape.h"

namespace keratin::keras {
namespace {

// Name and config of an initializer given as a string, an object form, or null.
struct Named {
  const InitializerDef* def;
  serialization::Json config;
};

Named resolve(const serialization::Json& object) {
  std::string name = "zeros";
  serialization::Json config;
  if (object.is_string()) {
    name = object.as_string();
  } else if (object.is_object()) {
    name = object.at("class_name").as_string();
    if (const serialization::Json* found = object.find("config")) {
      if (name == "function" && found->is_string())
        name = found->as_string();
      else
        config = *found;
    }
  }
  for (const InitializerDef* def : registry_initializers()) {
    if (name == def->class_name) return {def, config};
    for (const char* alias : def->aliases)
      if (name == alias) return {def, config};
  }
  fail(ErrorCode::unsupported, "initializer \"", name, "\" is unknown");
}

}  // namespace

// SplitMix64 (Steele, Lea, Flood 2014): a counter through a finaliser.
std::uint64_t RandomSource::next() {
  std::uint64_t z = key_ + 0x9e3779b97f4a7c15u * ++counter_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

double RandomSource::uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

double RandomSource::normal() {  // Box-Muller, both values used
  if (std::exchange(has_spare_, !has_spare_)) return spare_;
  const double radius = std::sqrt(-2 * std::log(1 - uniform())), angle = 2 * std::numbers::pi * uniform();
  spare_ = radius * std::sin(angle);
  return radius * std::cos(angle);
}

double RandomSource::truncated_normal() {
  double value = normal();
  while (std::fabs(value) > 2) value = normal();
  return value;
}

Tensor initialize(const serialization::Json& object, DType dtype, const Shape& shape, RandomSource& random) {
  const Named named = resolve(object);
  Tensor tensor(dtype, shape);
  std::vector<double> values(tensor.elements());
  named.def->fill(named.config, shape, random, values);
  visit_dtype(dtype, [&]<class T>() {
    T* out = static_cast<T*>(tensor.raw());
    for (std::size_t i = 0; i < values.size(); ++i)
      out[i] = static_cast<T>(static_cast<compute_t<T>>(values[i]));
  });
  return tensor;
}

void check_initializer(const serialization::Json& object) { resolve(object); }

}  // namespace keratin::keras
