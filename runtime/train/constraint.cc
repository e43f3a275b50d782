#include "runtime/train/constraint.h"

namespace keratin::train {

Constraint make_constraint(const Json& object) {
  return make_configured(object, registry_constraints(), "constraint");
}

Json constraint_json(const Constraint& constraint) {
  return configured_json(constraint, "keras.constraints");
}

ir::Value constrain(const Constraint& constraint, ir::Value weight) {
  return constraint.def->apply(weight, constraint.config.get());
}

ir::Value norms_along(ir::Value weight, const keras::Axes& axes) {
  for (std::int64_t axis : axes.values)
    check(
        axis < static_cast<std::int64_t>(weight.rank()) && -axis <= static_cast<std::int64_t>(weight.rank()),
        ErrorCode::corrupt_file, "axis ", axis, " of a constraint is outside of the weight ",
        to_string(weight.type()));
  return ir::sqrt(ir::sum(ir::square(weight), axes.values, ir::Keep::yes));
}

}  // namespace keratin::train
