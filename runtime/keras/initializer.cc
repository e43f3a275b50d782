#include "runtime/keras/initializer.h"

#include <cmath>
#include <numbers>

#include "runtime/core/error.h"
#include "runtime/core/half.h"
#include "runtime/core/shape.h"
#include "runtime/keras/make.h"

namespace keratin::keras {
namespace {

// An initializer given as a string, an object form, or null.
struct Named {
  std::string name = "zeros", registered_name = {};
  serialization::Json config = {};
};

Named name_of(const serialization::Json& object) {
  Named named;
  if (object.is_string()) named.name = object.as_string();
  if (!object.is_object()) return named;
  named.name = object.at("class_name").as_string();
  if (const serialization::Json* found = object.find("config")) {
    if (named.name == "function" && found->is_string())
      named.name = found->as_string();
    else
      named.config = *found;
  }
  const serialization::Json* registered = object.find("registered_name");
  if (registered && registered->is_string()) named.registered_name = registered->as_string();
  return named;
}

// The user's, or empty.
Resolver::Initializer find_custom(const Named& named) {
  for (const Resolver* resolver : resolvers())
    for (const std::string& name : {named.registered_name, named.name})
      if (Resolver::Initializer found = name.empty() ? nullptr : resolver->initializer(name)) return found;
  return nullptr;
}

const InitializerDef& find_def(const std::string& name) {
  for (const InitializerDef* def : registry_initializers()) {
    if (name == def->class_name) return *def;
    for (const char* alias : def->aliases)
      if (name == alias) return *def;
  }
  fail(ErrorCode::unsupported, "initializer \"", name, "\" is unknown; register it with CustomObjects");
}

Tensor custom_values(const Resolver::Initializer& custom, const std::string& name, DType dtype,
                     const Shape& shape, RandomSource& random) {
  Tensor made = custom(shape, dtype, static_cast<std::uint64_t>(random.uniform() * 0x1p53));
  check(made.dtype() == dtype && made.shape() == shape, ErrorCode::invalid_argument, "initializer \"", name,
        "\" gave ", keratin::name_of(made.dtype()), " ", to_string(made.shape()), " for ",
        keratin::name_of(dtype), " ", to_string(shape));
  return made;
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
  const Named named = name_of(object);
  if (const Resolver::Initializer custom = find_custom(named))
    return custom_values(custom, named.name, dtype, shape, random);
  Tensor tensor(dtype, shape);
  std::vector<double> values(tensor.elements());
  find_def(named.name).fill(named.config, shape, random, values);
  visit_dtype(dtype, [&]<class T>() {
    T* out = static_cast<T*>(tensor.raw());
    for (std::size_t i = 0; i < values.size(); ++i)
      out[i] = static_cast<T>(static_cast<compute_t<T>>(values[i]));
  });
  return tensor;
}

void check_initializer(const serialization::Json& object) {
  const Named named = name_of(object);
  if (!find_custom(named)) find_def(named.name);
}

}  // namespace keratin::keras
