// Recurrent cells: the functions of one step, split so that what doesn't depend on the states runs on all
// steps at once. A cell's LayerDef names its CellDef; a user's own layer is a cell without one.
#pragma once

#include "runtime/ir/build_nn.h"
#include "runtime/keras/activation.h"
#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"

namespace keratin::keras {

// What dropout multiplies with, drawn once for all steps of a call: one per gate, one for all, or none.
struct DropoutMasks {
  ir::Values input, recurrent;
  std::vector<DropoutMasks> cells;  // of a stack
};

struct CellDef {
  // Shapes of the states, batch first, for steps of this type.
  std::vector<ir::Dims> (*states)(const Layer& cell, const ir::Type& step);
  DropoutMasks (*masks)(LowerContext& cx, const ir::Type& step);
  // The part of a step that needs no states. x: one step (batch, …), or all of them (time, batch, …).
  ir::Value (*project)(LowerContext& cx, ir::Value x, const DropoutMasks& masks);
  // The rest: output, then the new states.
  ir::Values (*step)(LowerContext& cx, ir::Value projected, const ir::Values& states,
                     const DropoutMasks& masks);
  // All steps by one op, without dropout of the states: outputs (time, batch, …), then the last states. mask:
  // (time, batch) or null; at masked steps states and output stay. Empty when the cell's config needs step.
  ir::Values (*run)(LowerContext& cx, ir::Value projected, const ir::Values& states, ir::Value mask,
                    bool reverse) = nullptr;
};

// The same for any cell. One without a CellDef gets its step as it is, has the states that the key
// "state_size" or "units" of its config tells of, and takes (step, state…) to (output, state…).
// Throws Error{unsupported} where it doesn't.
std::vector<ir::Dims> cell_states(const Layer& cell, const ir::Type& step);
DropoutMasks cell_masks(Lowering& lowering, Layer& cell, const ir::Type& step);
ir::Value project_steps(Lowering& lowering, Layer& cell, ir::Value x, const DropoutMasks& masks);
ir::Values run_step(Lowering& lowering, Layer& cell, ir::Value projected, const ir::Values& states,
                    const DropoutMasks& masks);

ir::Values run_steps(Lowering& lowering, Layer& cell, ir::Value projected, const ir::Values& states,
                     ir::Value mask, bool reverse);

// ---- for the cells themselves
struct DropoutRates {
  double input, recurrent;
  std::optional<std::int64_t> seed;
};
// What the configs of all built-in cells have in common; "seed" comes last, behind keys of their own.
struct CellRules {
  Opaque kernel_regularizer, recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint,
      bias_constraint;
  double dropout, recurrent_dropout;
  std::optional<std::int64_t> seed;

  template <class V>
  void describe_rules(V& v) {
    v("kernel_regularizer", kernel_regularizer, nullptr);
    v("recurrent_regularizer", recurrent_regularizer, nullptr);
    v("bias_regularizer", bias_regularizer, nullptr);
    v("kernel_constraint", kernel_constraint, nullptr);
    v("recurrent_constraint", recurrent_constraint, nullptr);
    v("bias_constraint", bias_constraint, nullptr);
    v("dropout", dropout, 0.0);
    v("recurrent_dropout", recurrent_dropout, 0.0);
  }
  DropoutRates rates() const { return {dropout, recurrent_dropout, seed}; }
};
// The seed generator's state, when a rate isn't 0. Keras takes rates outside of 0 … 1 for the nearer end.
void build_cell_dropout(BuildContext& cx, const DropoutRates& rates);
// None outside of training. gates: masks of each kind.
DropoutMasks draw_cell_masks(LowerContext& cx, const DropoutRates& rates, std::size_t gates,
                             const ir::Type& step, const ir::Dims& state);
// The same for cells of several gates: Keras drops nothing at rates of 1 and more.
DropoutMasks draw_gate_masks(LowerContext& cx, DropoutRates rates, std::size_t gates, const ir::Type& step,
                             const ir::Dims& state);
// x times w, where w holds the gates side by side along its last axis: each gate sees x under its own mask.
// multiply is ir::dot or a convolution.
template <class Multiply>
ir::Value product_of_gates(ir::Value x, ir::Value w, const ir::Values& masks, const Multiply& multiply);
inline ir::Value dot_of_gates(ir::Value x, ir::Value w, const ir::Values& masks) {
  return product_of_gates(x, w, masks, [](ir::Value a, ir::Value b) { return ir::dot(a, b); });
}
// Gate i of count side by side along the last axis.
ir::Value gate_of(ir::Value x, std::int64_t i, std::int64_t count);

// The states given to a call: its argument of this name, or the inputs after the first.
ir::Values given_states(LowerContext& cx, const char* argument);
// lower of a cell that is called by itself: (step, states…) or the argument "states".
ir::Values lower_cell(LowerContext& cx);

template <class Multiply>
ir::Value product_of_gates(ir::Value x, ir::Value w, const ir::Values& masks, const Multiply& multiply) {
  if (masks.empty()) return multiply(x, w);
  if (masks.size() == 1) return multiply(x * masks[0], w);
  const auto count = static_cast<std::int64_t>(masks.size());
  ir::Values parts;
  for (std::int64_t i = 0; i < count; ++i)
    parts.push_back(multiply(x * masks[static_cast<std::size_t>(i)], gate_of(w, i, count)));
  return ir::concatenate(parts, -1);
}

}  // namespace keratin::keras
