// Regularizers: a scalar penalty of a weight or of a layer's results. One file each in regularizers/.
#pragma once

#include "runtime/ir/build.h"
#include "runtime/train/configured.h"

namespace keratin::train {

// A row of the tests: config and the shape of what it is asked for.
struct RegularizerCase {
  const char* config;
  Shape shape;
};

struct RegularizerDef {
  const char* class_name;
  ConfigFunctions config;
  ir::Value (*penalty)(ir::Value x, const void* config);
  std::span<const RegularizerCase> cases = {};
  std::span<const char* const> aliases = {};
};

template <class Config, ir::Value (*Penalty)(ir::Value, const Config&)>
constexpr RegularizerDef define_regularizer(RegularizerDef def) {
  def.config = config_functions<Config>();
  def.penalty = [](ir::Value x, const void* config) {
    return Penalty(x, *static_cast<const Config*>(config));
  };
  return def;
}

using Regularizer = Configured<RegularizerDef>;
// object: a name, an object form, or null.
Regularizer make_regularizer(const Json& object);
Json regularizer_json(const Regularizer& regularizer);
// A scalar of x's dtype.
ir::Value penalty_of(const Regularizer& regularizer, ir::Value x);

// The sum of all elements.
ir::Value sum_all(ir::Value x);

}  // namespace keratin::train

namespace keratin {
std::span<const train::RegularizerDef* const> registry_regularizers();
}
