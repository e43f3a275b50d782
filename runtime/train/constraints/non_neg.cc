#include "runtime/train/constraint.h"

namespace keratin {
namespace {

using namespace train;

ir::Value apply(ir::Value w, const NoConfig&) { return ir::maximum(w, ir::constant_like(w, 0)); }

constexpr const char* aliases[] = {"non_neg", "nonneg"};
const ConstraintCase cases[] = {{"{}", {3, 4}}};

}  // namespace
extern const ConstraintDef constraint_non_neg =
    define_constraint<NoConfig, apply>({.class_name = "NonNeg", .cases = cases, .aliases = aliases});
}  // namespace keratin
