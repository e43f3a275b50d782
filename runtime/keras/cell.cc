#include "runtime/keras/cell.h"

#include <algorithm>

#include "runtime/core/error.h"
#include "runtime/keras/random.h"

namespace keratin::keras {

using ir::Value;
using ir::Values;

namespace {

const Call no_arguments;

std::string unknown_states(const Layer& cell) {
  return cat("cell \"", cell.name, "\" of class ", cell.file_class_name(),
             ": its config has neither \"state_size\" nor \"units\"");
}

}  // namespace

std::vector<ir::Dims> cell_states(const Layer& cell, const ir::Type& step) {
  if (cell.def->cell) return cell.def->cell->states(cell, step);
  const Json config = layer_config(cell).at("config");
  const Json* sizes = config.find("state_size");
  if (!sizes) sizes = config.find("units");
  check(sizes != nullptr, ErrorCode::unsupported, unknown_states(cell));
  std::vector<ir::Dims> states;
  auto add = [&](const Json& size) {
    check(size.as_integer() > 0, ErrorCode::corrupt_file, "a state of size ", size.as_integer());
    states.push_back({step.shape[0], ir::Dim(size.as_integer())});
  };
  if (sizes->is_array())
    for (const Json& size : sizes->as_array()) add(size);
  else
    add(*sizes);
  return states;
}

DropoutMasks cell_masks(Lowering& lowering, Layer& cell, const ir::Type& step) {
  if (!cell.def->cell || !lowering.training) return {};
  LowerContext cx(lowering, cell, no_arguments);
  return cell.def->cell->masks(cx, step);
}

Value project_steps(Lowering& lowering, Layer& cell, Value x, const DropoutMasks& masks) {
  if (!cell.def->cell) return x;
  LowerContext cx(lowering, cell, no_arguments);
  const DType compute = cx.compute_dtype();
  if (is_floating(x.dtype()) && is_floating(compute)) x = ir::cast(x, compute);
  return cell.def->cell->project(cx, x, masks);
}

Values run_step(Lowering& lowering, Layer& cell, Value projected, const Values& states,
                const DropoutMasks& masks) {
  Values made;
  if (cell.def->cell) {
    LowerContext cx(lowering, cell, no_arguments);
    made = cell.def->cell->step(cx, projected, states, masks);
  } else {
    std::vector<Traced> inputs = {{projected, {}}};
    for (const Value& state : states) inputs.push_back({state, {}});
    for (const Traced& traced : call_layer(lowering, cell, inputs)) made.push_back(traced.value);
  }
  check(made.size() == states.size() + 1, ErrorCode::unsupported, "cell \"", cell.name, "\" gives ",
        made.size(), " values, expected its output and ", states.size(), " states");
  return made;
}

Values run_steps(Lowering& lowering, Layer& cell, Value projected, const Values& states, Value mask,
                 bool reverse) {
  if (!cell.def->cell || !cell.def->cell->run) return {};
  LowerContext cx(lowering, cell, no_arguments);
  return cell.def->cell->run(cx, projected, states, mask, reverse);
}

void build_cell_dropout(BuildContext& cx, const DropoutRates& rates) {
  build_random(cx, std::clamp(std::max(rates.input, rates.recurrent), 0.0, 1.0), rates.seed);
}

DropoutMasks draw_cell_masks(LowerContext& cx, const DropoutRates& rates, std::size_t gates,
                             const ir::Type& step, const ir::Dims& state) {
  DropoutMasks masks;
  auto draw = [&](Values& into, double rate, const ir::Dims& shape) {
    if (!cx.training() || rate <= 0) return;
    const Value ones = ir::full(cx.graph(), {cx.compute_dtype(), shape}, 1);
    for (std::size_t i = 0; i < gates; ++i) into.push_back(dropout(cx, ones, std::min(rate, 1.0), shape));
  };
  draw(masks.input, rates.input, step.shape);
  draw(masks.recurrent, rates.recurrent, state);
  return masks;
}

DropoutMasks draw_gate_masks(LowerContext& cx, DropoutRates rates, std::size_t gates, const ir::Type& step,
                             const ir::Dims& state) {
  if (rates.input >= 1) rates.input = 0;
  if (rates.recurrent >= 1) rates.recurrent = 0;
  return draw_cell_masks(cx, rates, gates, step, state);
}

Value gate_of(Value x, std::int64_t i, std::int64_t count) {
  const std::optional<ir::Dim> size = ir::exact_div(x.shape().back(), ir::Dim(count));
  assume(size.has_value(), "gates are of equal size");
  return ir::slice_axis(x, -1, *size * i, *size * (i + 1));
}

Values given_states(LowerContext& cx, const char* name) {
  Values states;
  if (const Argument* argument = cx.argument(name, 1)) {
    std::vector<Traced> given;
    argument->flatten(given);
    for (const Traced& traced : given) states.push_back(traced.value);
  } else {
    for (std::size_t i = 1; i < cx.count(); ++i) states.push_back(cx.input(i));
  }
  return states;
}

Values lower_cell(LowerContext& cx) {
  Values states = given_states(cx, "states");
  const std::vector<ir::Dims> shapes = cell_states(cx.layer, cx.input().type());
  check(states.size() == shapes.size(), ErrorCode::corrupt_file, "called with ", states.size(),
        " states, expected ", shapes.size());
  for (std::size_t i = 0; i < states.size(); ++i) {
    check(states[i].shape() == shapes[i], ErrorCode::corrupt_file, "state ", i, " is ",
          ir::to_string(states[i].type()), ", expected the shape ", ir::to_string(shapes[i]));
    states[i] = ir::cast(states[i], cx.compute_dtype());
  }
  const DropoutMasks masks =
      cx.training() ? cx.layer.def->cell->masks(cx, cx.input().type()) : DropoutMasks{};
  return cx.layer.def->cell->step(cx, cx.layer.def->cell->project(cx, cx.input(), masks), states, masks);
}

}  // namespace keratin::keras
