#include "runtime/keras/recurrent.h"

#include "runtime/core/error.h"
#include "runtime/ir/build_nn.h"

namespace keratin::keras {

using ir::Value;
using ir::Values;

namespace {

// One step as a region: inputs are carries (states, last output), the step's x and mask, then the cell's
// weights; outputs are the carries and the step's output.
class Step {
 public:
  Step(LowerContext& cx, const RecurrentConfig& c, const Values& states, Value x, Value mask)
      : cx_(cx), c_(c), cell_(cx.child("cell")), inner_(body_, cx.training()) {
    inner_.path = cx.lowering.path;
    Values old;
    for (const Value& state : states) old.push_back(body_.input("state", state.type()));
    const Value step = body_.input("x", step_type(x.type()));
    const Value seen = mask ? body_.input("mask", step_type(mask.type())) : Value{};
    pass_weights();
    Values made = run_cell(step, old);
    keep_masked(made, old, seen);
    finish(made, old, step, seen);
  }

  std::vector<ir::Graph> take_region() {
    std::vector<ir::Graph> regions;
    regions.push_back(std::move(body_));
    return regions;
  }
  const Values& weights() const { return outer_weights_; }
  const ir::Type& output_type() const { return output_type_; }

 private:
  static ir::Type step_type(const ir::Type& type) {
    return {type.dtype, {type.shape.begin() + 1, type.shape.end()}};
  }

  // Regions read no variables: the cell sees inputs in their place.
  void pass_weights() {
    for (const VariablePtr& variable : cell_.variables()) {
      const Value outer = cx_.graph().read(cx_.lowering.index_of(variable));
      const Value inner = body_.input(variable->name, outer.type());
      body_.assign(inner_.index_of(variable), inner);
      outer_weights_.push_back(outer);
      inner_weights_.push_back(inner);
    }
  }

  Values run_cell(Value step, const Values& old) {
    std::vector<Traced> inputs = {{step, {}}};
    for (const Value& state : old) inputs.push_back({state, {}});
    Values made;
    for (const Traced& traced : call_layer(inner_, cell_, inputs)) made.push_back(traced.value);
    check(made.size() == old.size() + 1, ErrorCode::unsupported, "cell \"", cell_.name, "\" gives ",
          made.size(), " values, expected its output and ", old.size(), " states");
    bool same = body_.updates.size() == inner_weights_.size();
    for (std::size_t i = 0; same && i < inner_weights_.size(); ++i)
      same = body_.updates[i].value == inner_weights_[i];
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
    const bool carries_output = seen || !c_.return_sequences;
    if (carries_output) last_ = body_.input("output", output_type_);
    if (!seen) return;
    auto masked = [&](Value fresh, Value kept) {
      ir::Dims shape = seen.shape();
      shape.resize(fresh.rank(), ir::Dim(1));
      return ir::select(ir::reshape(seen, shape), fresh, kept);
    };
    made[0] = masked(made[0], c_.zero_output_for_mask ? ir::constant_like(last_, 0) : last_);
    for (std::size_t i = 0; i < old.size(); ++i) made[i + 1] = masked(made[i + 1], old[i]);
  }

  void finish(const Values& made, const Values& old, Value step, Value seen) {
    body_.inputs = old;
    if (last_) body_.inputs.push_back(last_);
    body_.inputs.push_back(step);
    if (seen) body_.inputs.push_back(seen);
    body_.inputs.insert(body_.inputs.end(), inner_weights_.begin(), inner_weights_.end());
    for (std::size_t i = 1; i < made.size(); ++i) body_.output("state", made[i]);
    if (last_) body_.output("output", made[0]);
    if (c_.return_sequences) body_.output("y", made[0]);
  }

  LowerContext& cx_;
  const RecurrentConfig& c_;
  Layer& cell_;
  ir::Graph body_;
  Lowering inner_;
  Values outer_weights_, inner_weights_;
  Value last_;
  ir::Type output_type_;
};

std::string state_name(std::size_t i) { return cat("rnn_state_", i); }

// Given states: the argument initial_state, or the call's inputs after the sequence.
Values given_states(LowerContext& cx) {
  std::vector<Traced> given;
  if (const Argument* argument = cx.argument("initial_state", 1)) argument->flatten(given);
  Values states;
  for (const Traced& traced : given) states.push_back(traced.value);
  for (std::size_t i = 1; states.empty() && i < cx.count(); ++i) states.push_back(cx.input(i));
  return states;
}

Values initial_states(LowerContext& cx, const RecurrentConfig& c, const StateSizes& sizes) {
  Values states = given_states(cx);
  check(states.empty() || states.size() == sizes.size(), ErrorCode::corrupt_file, "called with ",
        states.size(), " initial states, expected ", sizes.size());
  const DType dtype = cx.child("cell").dtype.compute();
  const ir::Dim batch = cx.input().shape()[0];
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (i >= states.size())
      states.push_back(c.stateful ? cx.read(state_name(i))
                                  : ir::full(cx.graph(), {dtype, {batch, ir::Dim(sizes[i])}}, 0));
    states[i] = ir::cast(states[i], dtype);
  }
  return states;
}

Value time_first(Value x) {
  ir::Ints order = {1, 0};
  for (std::size_t i = 2; i < x.rank(); ++i) order.push_back(static_cast<std::int64_t>(i));
  return ir::transpose(x, order);
}

}  // namespace

void build_recurrent(BuildContext& cx, const RecurrentConfig& c, LayerPtr cell, const StateSizes& sizes) {
  const ir::Type& x = cx.input();
  check(x.rank() >= 3, ErrorCode::corrupt_file, "wants (batch, time, features), got ", ir::to_string(x));
  ir::Type step = x;
  step.shape.erase(step.shape.begin() + 1);
  cx.add_layer("cell", std::move(cell), {step});
  if (!c.stateful) return;
  check(x.shape[0].is_constant(), ErrorCode::corrupt_file,
        "a stateful layer needs a fixed batch size (batch_shape of its input)");
  for (std::size_t i = 0; i < sizes.size(); ++i)
    cx.add_weight(state_name(i), {x.shape[0].value(), sizes[i]}, "zeros",
                  {.trainable = false, .kind = VariableKind::call_state});
}

Values lower_recurrent(LowerContext& cx, const RecurrentConfig& c, const StateSizes& sizes) {
  const Value x = time_first(cx.input());
  Value mask = cx.mask();
  if (mask) {
    check(mask.rank() >= 2, ErrorCode::corrupt_file, "the mask ", ir::to_string(mask.type()),
          " must be (batch, time)");
    mask = time_first(ir::cast(mask, DType::boolean));
  }
  Values inputs = initial_states(cx, c, sizes);
  Step step(cx, c, inputs, x, mask);
  const bool carries_output = mask || !c.return_sequences;
  if (carries_output) inputs.push_back(ir::full(cx.graph(), step.output_type(), 0));
  const auto carries = static_cast<std::int64_t>(inputs.size());
  inputs.push_back(x);
  if (mask) inputs.push_back(mask);
  inputs.insert(inputs.end(), step.weights().begin(), step.weights().end());
  ir::Node& scan = cx.graph().add_node("scan", std::move(inputs),
                                       {{"carries", carries},
                                        {"xs", std::int64_t(mask ? 2 : 1)},
                                        {"length", ir::Dims{x.shape()[0]}},
                                        {"reverse", c.go_backwards}},
                                       step.take_region());
  const auto states = static_cast<std::uint32_t>(sizes.size());
  Value y = scan.out(states);
  if (c.return_sequences) {
    y = time_first(scan.out(static_cast<std::uint32_t>(carries)));
    if (c.go_backwards) y = ir::reverse(y, {1});  // outputs stand in the order of running
    cx.set_mask(0, cx.mask());
  }
  Values results = {ir::cast(y, cx.compute_dtype())};
  for (std::uint32_t i = 0; i < states; ++i) {
    const Value state = scan.out(i);
    if (c.stateful) {
      const VariablePtr& variable = cx.variable(state_name(i));
      cx.assign(state_name(i), ir::cast(state, variable->dtype()));
    }
    if (c.return_state) results.push_back(ir::cast(state, cx.compute_dtype()));
  }
  return results;
}

StateSizes state_sizes(const Layer& cell) {
  const Json config = layer_config(cell).at("config");
  const Json* units = config.find("units");
  check(units != nullptr, ErrorCode::unsupported, "cell \"", cell.name, "\" of class ", cell.def->class_name,
        " can't run in an RNN yet");
  return StateSizes(1, units->as_integer());
}

}  // namespace keratin::keras
