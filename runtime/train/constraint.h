// Constraints: what becomes of a weight after each step. One file each in constraints/.
#pragma once

#include "runtime/ir/build.h"
#include "runtime/train/configured.h"

namespace keratin::train {

// A row of the tests: config and the weight's shape.
struct ConstraintCase {
  const char* config;
  Shape shape;
};

struct ConstraintDef {
  const char* class_name;
  ConfigFunctions config;
  ir::Value (*apply)(ir::Value weight, const void* config);
  std::span<const ConstraintCase> cases = {};
  std::span<const char* const> aliases = {};
};

template <class Config, ir::Value (*Apply)(ir::Value, const Config&)>
constexpr ConstraintDef define_constraint(ConstraintDef def) {
  def.config = config_functions<Config>();
  def.apply = [](ir::Value x, const void* config) { return Apply(x, *static_cast<const Config*>(config)); };
  return def;
}

using Constraint = Configured<ConstraintDef>;
// object: a name, an object form, or null.
Constraint make_constraint(const Json& object);
Json constraint_json(const Constraint& constraint);
ir::Value constrain(const Constraint& constraint, ir::Value weight);

// The lengths of the vectors along axes, which are kept.
ir::Value norms_along(ir::Value weight, const keras::Axes& axes);

}  // namespace keratin::train

namespace keratin {
std::span<const train::ConstraintDef* const> registry_constraints();
}
