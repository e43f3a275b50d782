#include "runtime/train/constraint.h"

namespace keratin {
namespace {

using namespace train;
using keras::Axes;
using keras::Number;

struct Config {
  Number min_value, max_value, rate;
  Axes axis;

  template <class V>
  void describe(V& v) {
    v("min_value", min_value, 0.0);
    v("max_value", max_value, 1.0);
    v("rate", rate, 1.0);
    v("axis", axis, 0);
  }
};

ir::Value apply(ir::Value w, const Config& c) {
  const ir::Value norms = norms_along(w, c.axis);
  const ir::Value within = ir::minimum(ir::maximum(norms, ir::constant_like(w, c.min_value.value)),
                                       ir::constant_like(w, c.max_value.value));
  const ir::Value wanted = within * c.rate.value + norms * (1 - c.rate.value);
  return w * (wanted / (norms + 1e-7));
}

constexpr const char* aliases[] = {"min_max_norm"};
const ConstraintCase cases[] = {
    {"{}", {3, 4}}, {R"({"min_value": 1.2, "max_value": 1.8, "rate": 0.7, "axis": [0, 1]})", {2, 3, 4}}};

}  // namespace
extern const ConstraintDef constraint_min_max_norm =
    define_constraint<Config, apply>({.class_name = "MinMaxNorm", .cases = cases, .aliases = aliases});
}  // namespace keratin
