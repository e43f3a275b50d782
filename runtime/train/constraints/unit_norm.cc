#include "runtime/train/constraint.h"

namespace keratin {
namespace {

using namespace train;
using keras::Axes;

struct Config {
  Axes axis;

  template <class V>
  void describe(V& v) {
    v("axis", axis, 0);
  }
};

ir::Value apply(ir::Value w, const Config& c) { return w / (norms_along(w, c.axis) + 1e-7); }

constexpr const char* aliases[] = {"unit_norm", "unitnorm"};
const ConstraintCase cases[] = {{"{}", {3, 4}}, {R"({"axis": [0, 1]})", {2, 3, 4}}};

}  // namespace
extern const ConstraintDef constraint_unit_norm =
    define_constraint<Config, apply>({.class_name = "UnitNorm", .cases = cases, .aliases = aliases});
}  // namespace keratin
