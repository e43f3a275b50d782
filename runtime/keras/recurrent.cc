#include "runtime/keras/recurrent.h"

#include <algorithm>
#include <set>

#include "runtime/core/error.h"

namespace keratin::keras {

using ir::Value;
using ir::Values;

namespace {

// One step as a region: inputs are carries (states, last output), the step's x and mask, then the weights and
// dropout masks that the cell uses; outputs are the carries and the step's output.
class Step {
 public:
  // x and mask: of all steps, time first.
  Step(LowerContext& cx, const RecurrentConfig& c, const Values& states, Value x, Value mask,
       const DropoutMasks& dropout, bool zero_states)
      : c_(c), cell_(cx.child("cell")), inner_(body_, cx.training()) {
    inner_.path = cx.lowering.path;
    body_.label = cx.graph().label;
    Values old;
    for (const Value& state : states) old.push_back(body_.input("state", state.type()));
    const Value step = body_.input("x", step_type(x.type()));
    const Value seen = mask ? body_.input("mask", step_type(mask.type())) : Value{};
    pass_weights(cx);
    const DropoutMasks drawn = pass_masks(dropout);
    Values made = run_cell(step, old, drawn);
    output_is_state_ = made[0] == made[1] && (!seen || (zero_states && !c_.zero_output_for_mask));
    keep_masked(made, old, seen);
    finish(made, old, step, seen);
  }

  std::vector<ir::Graph> take_region() {
    std::vector<ir::Graph> regions;
    regions.push_back(std::move(body_));
    return regions;
  }
  const Values& invariants() const { return outer_; }
  const ir::Type& output_type() const { return output_type_; }
  // The last output is a carry of its own; else it is the first state.
  bool carries_output() const { return bool(last_); }

 private:
  static ir::Type step_type(const ir::Type& type) {
    return {type.dtype, {type.shape.begin() + 1, type.shape.end()}};
  }

  Value pass(Value outer, const char* name) {
    const Value inner = body_.input(name, outer.type());
    outer_.push_back(outer);
    passed_.push_back(inner);
    return inner;
  }

  // Regions read no variables: the cell sees inputs in their place.
  void pass_weights(LowerContext& cx) {
    for (const VariablePtr& variable : cell_.variables()) {
      if (variable->kind == VariableKind::seed) continue;
      const Value outer = cx.graph().read(cx.lowering.index_of(variable));
      body_.assign(inner_.index_of(variable), pass(outer, variable->name.c_str()));
    }
    weights_ = passed_.size();
  }

  DropoutMasks pass_masks(const DropoutMasks& outer) {
    DropoutMasks inner;
    for (const Value& mask : outer.input) inner.input.push_back(pass(mask, "dropout"));
    for (const Value& mask : outer.recurrent) inner.recurrent.push_back(pass(mask, "dropout"));
    for (const DropoutMasks& cell : outer.cells) inner.cells.push_back(pass_masks(cell));
    return inner;
  }

  Values run_cell(Value step, const Values& old, const DropoutMasks& masks) {
    Values made = run_step(inner_, cell_, step, old, masks);
    bool same = body_.updates.size() == weights_;
    for (std::size_t i = 0; same && i < weights_; ++i) same = body_.updates[i].value == passed_[i];
    check(same, ErrorCode::unsupported, "cell \"", cell_.name,
          "\" updates its variables while it runs, which is not supported");
    body_.updates.clear();
    body_.variables.clear();
    for (std::size_t i = 0; i < old.size(); ++i) made[i + 1] = ir::cast(made[i + 1], old[i].dtype());
    output_type_ = made[0].type();
    return made;
  }

  // At masked steps the states stay, and the output is the last one or 0.
  void keep_masked(Values& made, const Values& old, Value seen) {
    const bool last_matters = seen && !c_.zero_output_for_mask;
    if (!output_is_state_ && (last_matters || !c_.return_sequences))
      last_ = body_.input("output", output_type_);
    if (!seen) return;
    auto masked = [&](Value fresh, Value kept) {
      ir::Dims shape = seen.shape();
      shape.resize(fresh.rank(), ir::Dim(1));
      return ir::select(ir::reshape(seen, shape), fresh, kept);
    };
    const Value output = output_is_state_          ? Value{}
                         : c_.zero_output_for_mask ? masked(made[0], ir::constant_like(made[0], 0))
                                                   : masked(made[0], last_);
    for (std::size_t i = 0; i < old.size(); ++i) made[i + 1] = masked(made[i + 1], old[i]);
    made[0] = output_is_state_ ? made[1] : output;
  }

  void finish(const Values& made, const Values& old, Value step, Value seen) {
    body_.inputs = old;
    if (last_) body_.inputs.push_back(last_);
    body_.inputs.push_back(step);
    if (seen) body_.inputs.push_back(seen);
    for (std::size_t i = 1; i < made.size(); ++i) body_.output("state", made[i]);
    if (last_) body_.output("output", made[0]);
    if (c_.return_sequences) body_.output("y", made[0]);
    keep_used();
  }

  // What the cell reads before the scan alone isn't an input of the scan.
  void keep_used() {
    std::set<const ir::Node*> used;
    for (const auto& node : body_.nodes)
      for (const Value& input : node->inputs) used.insert(input.node);
    for (const ir::Output& output : body_.outputs) used.insert(output.value.node);
    Values outer;
    for (std::size_t i = 0; i < passed_.size(); ++i) {
      if (!used.count(passed_[i].node)) continue;
      body_.inputs.push_back(passed_[i]);
      outer.push_back(outer_[i]);
    }
    std::erase_if(body_.nodes, [&](const auto& node) {
      return !used.count(node.get()) && std::any_of(passed_.begin(), passed_.end(),
                                                    [&](const Value& v) { return v.node == node.get(); });
    });
    body_.sort();  // numbers the nodes anew
    outer_ = std::move(outer);
  }

  const RecurrentConfig& c_;
  Layer& cell_;
  ir::Graph body_;
  Lowering inner_;
  Values outer_, passed_;  // invariants, and what stands for them in the region
  std::size_t weights_ = 0;
  bool output_is_state_ = false;
  Value last_;
  ir::Type output_type_;
};

std::string state_name(std::size_t i) { return cat("rnn_state_", i); }

ir::Type step_of(ir::Type sequence) {
  sequence.shape.erase(sequence.shape.begin() + 1);
  return sequence;
}

Values initial_states(LowerContext& cx, const RecurrentConfig& c, Values states) {
  const std::vector<ir::Dims> shapes = cell_states(cx.child("cell"), step_of(cx.input().type()));
  check(states.empty() || states.size() == shapes.size(), ErrorCode::corrupt_file, "called with ",
        states.size(), " initial states, expected ", shapes.size());
  const DType dtype = cx.child("cell").dtype.compute();
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    if (i >= states.size())
      states.push_back(c.stateful ? cx.read(state_name(i)) : ir::full(cx.graph(), {dtype, shapes[i]}, 0));
    states[i] = ir::cast(states[i], dtype);
  }
  return states;
}

Value time_first(Value x) {
  ir::Ints order = {1, 0};
  for (std::size_t i = 2; i < x.rank(); ++i) order.push_back(static_cast<std::int64_t>(i));
  return ir::transpose(x, order);
}

Value mask_of(LowerContext& cx) {
  const Value mask = cx.mask();
  if (!mask) return mask;
  check(mask.rank() >= 2, ErrorCode::corrupt_file, "the mask ", ir::to_string(mask.type()),
        " must be (batch, time)");
  return time_first(ir::cast(mask, DType::boolean));
}

// What running gave: all outputs, time first and at their steps, the last output, the last states.
struct Ran {
  Value outputs, last;
  Values states;
};

Ran run_scan(LowerContext& cx, const RecurrentConfig& c, const Values& states, Value x, Value mask,
             const DropoutMasks& dropout, bool zero_states) {
  Values inputs = states;
  Step step(cx, c, states, x, mask, dropout, zero_states);
  if (step.carries_output()) inputs.push_back(ir::full(cx.graph(), step.output_type(), 0));
  const auto carries = static_cast<std::uint32_t>(inputs.size());
  inputs.push_back(x);
  if (mask) inputs.push_back(mask);
  inputs.insert(inputs.end(), step.invariants().begin(), step.invariants().end());
  ir::Node& scan = cx.graph().add_node("scan", std::move(inputs),
                                       {{"carries", std::int64_t{carries}},
                                        {"xs", std::int64_t(mask ? 2 : 1)},
                                        {"length", ir::Dims{x.shape()[0]}},
                                        {"reverse", c.go_backwards}},
                                       step.take_region());
  Ran ran;
  if (c.return_sequences) ran.outputs = scan.out(carries);
  ran.last = scan.out(carries > states.size() ? carries - 1 : 0);
  for (std::uint32_t i = 0; i < states.size(); ++i) ran.states.push_back(scan.out(i));
  return ran;
}

// By the cell's op over all steps, where its outputs are the layer's. Nothing in outputs and last: it isn't
// so.
Ran run_op(LowerContext& cx, const RecurrentConfig& c, const Values& states, Value x, Value mask,
           const DropoutMasks& dropout, bool zero_states) {
  const bool zeroes = mask && c.zero_output_for_mask;
  // Else a masked step's output is 0 or the last one, which the state isn't
  const bool state_is_output = !mask || (zeroes ? c.return_sequences : zero_states);
  if (!dropout.recurrent.empty() || !state_is_output) return {};
  const Values made = run_steps(cx.lowering, cx.child("cell"), x, states, mask, c.go_backwards);
  if (made.empty()) return {};
  Ran ran{made[0], made[1], {made.begin() + 1, made.end()}};
  if (zeroes) ran.outputs = ir::select(ir::expand_dims(mask, 2), made[0], ir::constant_like(made[0], 0));
  return ran;
}

Values results_of(LowerContext& cx, const RecurrentConfig& c, const Ran& ran) {
  Value y = ran.last;
  if (c.return_sequences) {
    y = time_first(ran.outputs);
    if (c.go_backwards) y = ir::reverse(y, {1});  // outputs stand in the order of running
    cx.set_mask(0, cx.mask());
  }
  Values results = {ir::cast(y, cx.compute_dtype())};
  for (std::size_t i = 0; i < ran.states.size(); ++i) {
    if (c.stateful) cx.assign(state_name(i), ir::cast(ran.states[i], cx.variable(state_name(i))->dtype()));
    if (c.return_state) results.push_back(ir::cast(ran.states[i], cx.compute_dtype()));
  }
  return results;
}

}  // namespace

void build_recurrent(BuildContext& cx, const RecurrentConfig& c, LayerPtr cell) {
  const ir::Type& x = cx.input();
  check(x.rank() >= 3, ErrorCode::corrupt_file, "wants (batch, time, features), got ", ir::to_string(x));
  const ir::Type step = step_of(x);
  const Layer& child = *cell;
  cx.add_layer("cell", std::move(cell), {step});
  if (!c.stateful) return;
  check(x.shape[0].is_constant(), ErrorCode::corrupt_file,
        "a stateful layer needs a fixed batch size (batch_shape of its input)");
  const std::vector<ir::Dims> shapes = cell_states(child, step);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    check(ir::is_static(shapes[i]), ErrorCode::corrupt_file, "the states ", ir::to_string(shapes[i]),
          " of a stateful layer must have known sizes");
    cx.add_weight(state_name(i), ir::to_shape(shapes[i]), "zeros",
                  {.trainable = false, .kind = VariableKind::call_state});
  }
}

Values lower_recurrent(LowerContext& cx, const RecurrentConfig& c) {
  Layer& cell = cx.child("cell");
  const Value mask = mask_of(cx);
  const Values given = given_states(cx, "initial_state");
  const Values states = initial_states(cx, c, given);
  check(!states.empty(), ErrorCode::unsupported, "a cell without a state");
  const bool outer_training = std::exchange(cx.lowering.training, cx.training());
  const DropoutMasks dropout = cell_masks(cx.lowering, cell, step_of(cx.input().type()));
  const Value x = project_steps(cx.lowering, cell, time_first(cx.input()), dropout);
  cx.lowering.training = outer_training;
  const bool zero_states = given.empty() && !c.stateful;
  Ran ran = run_op(cx, c, states, x, mask, dropout, zero_states);
  if (!ran.last) ran = run_scan(cx, c, states, x, mask, dropout, zero_states);
  return results_of(cx, c, ran);
}

}  // namespace keratin::keras
