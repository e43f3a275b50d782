#include "runtime/train/constraint.h"

namespace keratin {
namespace {

using namespace train;
using keras::Axes;
using keras::Number;

struct Config {
  Number max_value;
  Axes axis;

  template <class V>
  void describe(V& v) {
    v("max_value", max_value, 2);
    v("axis", axis, 0);
  }
};

ir::Value apply(ir::Value w, const Config& c) {
  const ir::Value norms = norms_along(w, c.axis);
  return w * (ir::minimum(norms, ir::constant_like(w, c.max_value.value)) / (norms + 1e-7));
}

constexpr const char* aliases[] = {"max_norm", "maxnorm"};
const ConstraintCase cases[] = {{R"({"max_value": 1})", {3, 4}},
                                {R"({"max_value": 1.5, "axis": [0, 1]})", {2, 3, 4}},
                                {R"({"max_value": 0.5, "axis": -1})", {3, 4}}};

}  // namespace
extern const ConstraintDef constraint_max_norm =
    define_constraint<Config, apply>({.class_name = "MaxNorm", .cases = cases, .aliases = aliases});
}  // namespace keratin
