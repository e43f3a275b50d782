// The gradient of a scan's invariant is a sum over the steps. Where each step's part is a product (a
// weight's) or a sum (a bias'), all steps together are one large product or sum over stacked values, outside
// of the loop.
#pragma once

#include <functional>

#include "runtime/ir/graph.h"

namespace keratin::control {

// The values of the region that must be stacked to make the sum of value over all steps; empty: it isn't of
// this form.
ir::Values stacked_for_sum(ir::Value value);
// The sum in the outer graph. stack: one of those values -> the same of all steps, time first.
ir::Value sum_of_steps(ir::Graph& outer, ir::Value value, const std::function<ir::Value(ir::Value)>& stack);

}  // namespace keratin::control
