#include "runtime/core/error.h"
#include "runtime/keras/gru.h"

namespace keratin {
namespace {

using namespace keras;
using Config = GruCellConfig;
using ir::Value;

void build(BuildContext& cx, const Config& c) {
  check(c.units > 0, ErrorCode::corrupt_file, "units ", c.units, ": expected a positive integer");
  cx.add_weight("kernel", {cx.known(0, -1), 3 * c.units}, c.kernel_initializer.object);
  cx.add_weight("recurrent_kernel", {c.units, 3 * c.units}, c.recurrent_initializer.object);
  if (c.use_bias)  // after: one for the input, one for the state
    cx.add_weight("bias", c.reset_after ? Shape{2, 3 * c.units} : Shape{3 * c.units},
                  c.bias_initializer.object);
  build_cell_dropout(cx, c.rates());
}

std::vector<ir::Dims> states(const Layer& cell, const ir::Type& step) {
  return {{step.shape[0], cell.config_as<Config>().units}};
}

DropoutMasks masks(LowerContext& cx, const ir::Type& step) {
  const Config& c = cx.layer.config_as<Config>();
  const std::size_t gates = c.recurrent_dropout != 0 ? 3 : 1;
  return draw_gate_masks(cx, c.rates(), gates, step, states(cx.layer, step)[0]);
}

Value bias(LowerContext& cx, std::int64_t row) {
  const Value both = cx.weight("bias");
  return both.rank() == 1 ? both : ir::squeeze(ir::slice_axis(both, 0, row, row + 1), 0);
}

Value project(LowerContext& cx, Value x, const DropoutMasks& dropout) {
  const Value z = dot_of_gates(x, cx.weight("kernel"), dropout.input);
  return cx.layer.config_as<Config>().use_bias ? z + bias(cx, 0) : z;
}

// The gate is applied to the state's product with the kernel; all gates' products are one.
Value candidate_after(LowerContext& cx, const Config& c, Value x, Value h, const DropoutMasks& dropout,
                      Value& update) {
  Value inner = dot_of_gates(h, cx.weight("recurrent_kernel"), dropout.recurrent);
  if (c.use_bias) inner = inner + bias(cx, 1);
  update = c.recurrent_activation(cx, gate_of(x, 0, 3) + gate_of(inner, 0, 3));
  const Value reset = c.recurrent_activation(cx, gate_of(x, 1, 3) + gate_of(inner, 1, 3));
  return gate_of(x, 2, 3) + reset * gate_of(inner, 2, 3);
}

// The gate is applied to the state, before its product with the kernel.
Value candidate_before(LowerContext& cx, const Config& c, Value x, Value h, const DropoutMasks& dropout,
                       Value& update) {
  const Value kernel = cx.weight("recurrent_kernel");
  ir::Values gates = dropout.recurrent;
  Value seen = h;
  if (!gates.empty()) {
    seen = h * gates.back();
    gates.pop_back();
  }
  const Value both = ir::slice_axis(kernel, 1, 0, 2 * c.units);
  const Value inner = dot_of_gates(h, both, gates);
  update = c.recurrent_activation(cx, gate_of(x, 0, 3) + gate_of(inner, 0, 2));
  const Value reset = c.recurrent_activation(cx, gate_of(x, 1, 3) + gate_of(inner, 1, 2));
  return gate_of(x, 2, 3) + ir::dot(reset * seen, gate_of(kernel, 2, 3));
}

ir::Values step(LowerContext& cx, Value projected, const ir::Values& old, const DropoutMasks& dropout) {
  const Config& c = cx.layer.config_as<Config>();
  Value update;
  const Value candidate = c.activation(
      cx, (c.reset_after ? candidate_after : candidate_before)(cx, c, projected, old[0], dropout, update));
  const Value h = update * old[0] + (1 - update) * candidate;
  return {h, h};
}

ir::Values run(LowerContext& cx, Value projected, const ir::Values& old, Value mask, bool reverse) {
  const Config& c = cx.layer.config_as<Config>();
  if (!c.reset_after || !c.activation.is("tanh") || !c.recurrent_activation.is("sigmoid")) return {};
  const Value kernel = cx.weight("recurrent_kernel");
  ir::Values inputs = {
      projected, old[0], kernel,
      c.use_bias ? bias(cx, 1) : ir::full(cx.graph(), {kernel.dtype(), {kernel.shape()[1]}}, 0)};
  if (mask) inputs.push_back(mask);
  ir::Node& node = cx.graph().add_node("gru", std::move(inputs), {{"reverse", reverse}});
  return {node.out(0), node.out(1)};
}

ir::Values lower(LowerContext& cx, const Config&) { return lower_cell(cx); }

constexpr CellDef cell = {states, masks, project, step, run};
constexpr OldDefault old_defaults[] = {{"GRUCell", "recurrent_activation", "\"hard_sigmoid\""},
                                       {"GRUCell", "reset_after", "false"}};
constexpr LayerCase cases[] = {
    {R"({"units": 3})", "float32[2,4]", R"({"states": ["float32[2,3]"]})"},
    {R"({"units": 3, "reset_after": false, "activation": "relu"})", "float32[2,4]",
     R"({"states": "float32[2,3]"})"},
    {R"({"units": 3, "use_bias": false, "recurrent_activation": "hard_sigmoid"})", "float32[2,4]",
     R"({"states": ["float32[2,3]"]})"},
};

}  // namespace
extern const LayerDef layer_gru_cell = define_layer<Config, build, lower>(
    {.class_name = "GRUCell", .old_defaults = old_defaults, .cases = cases, .cell = &cell});
}  // namespace keratin
