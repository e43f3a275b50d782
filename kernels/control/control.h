// Control flow: scan, while and cond. Their regions are isolated graphs; what a region uses comes in through
// the node's inputs. One file per op holds its types, gradient and reference; control.cc has the table.
#pragma once

#include <vector>

#include "runtime/ir/evaluate.h"
#include "runtime/ir/op.h"

namespace keratin::control {

// scan: inputs are carries, xs (time first), invariants; the region gets carries, one step of each xs, and
// the invariants, and gives carries and ys. Results: final carries, stacked ys (time first).
// reverse runs from the last step to the first; ys stay at their step.
std::vector<ir::Type> infer_scan(const ir::Node& node);
ir::Gradients scan_gradient(ir::Node& node, std::span<const ir::Value> dy);
void evaluate_scan(const ir::Node& node, std::span<const ir::HostView> in, std::span<const ir::HostView> out);

// The parts of a scan by number.
struct ScanCounts {
  explicit ScanCounts(const ir::Node& node);
  std::size_t carries, xs, invariants, ys;
  std::size_t first_invariant() const { return carries + xs; }
};

// while: inputs are carries and invariants; region 0 gives the condition, region 1 the next carries.
std::vector<ir::Type> infer_while(const ir::Node& node);
void evaluate_while(const ir::Node& node, std::span<const ir::HostView> in,
                    std::span<const ir::HostView> out);

// cond: inputs are a bool and the operands of both regions; region 0 runs when it is true, else region 1.
std::vector<ir::Type> infer_cond(const ir::Node& node);
ir::Gradients cond_gradient(ir::Node& node, std::span<const ir::Value> dy);
void evaluate_cond(const ir::Node& node, std::span<const ir::HostView> in, std::span<const ir::HostView> out);

// Throws Error{invalid_argument} unless region takes inputs of these types and has no variables.
void check_region(const ir::Node& node, const ir::Graph& region, const std::vector<ir::Type>& inputs);
// The step of a tensor whose first axis is time.
ir::Type step_of(const ir::Type& type);
// A tensor that borrows the view's memory, or one step of it.
Tensor borrow(const ir::HostView& view);
Tensor borrow_step(const ir::HostView& view, std::int64_t step);
// Evaluates region on inputs and copies its outputs to the views.
void copy_to(const Tensor& value, const ir::HostView& view);

}  // namespace keratin::control
