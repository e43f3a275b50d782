#include "runtime/core/error.h"
#include "runtime/keras/lstm.h"

namespace keratin {
namespace {

using namespace keras;
using Config = LstmCellConfig;

void build(BuildContext& cx, const Config& c) {
  check(c.units > 0, ErrorCode::corrupt_file, "units ", c.units, ": expected a positive integer");
  cx.add_weight("kernel", {cx.known(0, -1), 4 * c.units}, c.kernel_initializer.object);
  cx.add_weight("recurrent_kernel", {c.units, 4 * c.units}, c.recurrent_initializer.object);
  if (c.use_bias)
    cx.add_weight("bias", {4 * c.units}, lstm_bias_initializer(c.bias_initializer, c.unit_forget_bias));
  build_cell_dropout(cx, c.rates());
}

std::vector<ir::Dims> states(const Layer& cell, const ir::Type& step) {
  return std::vector<ir::Dims>(2, {step.shape[0], cell.config_as<Config>().units});
}

DropoutMasks masks(LowerContext& cx, const ir::Type& step) {
  const Config& c = cx.layer.config_as<Config>();
  const std::size_t gates = c.recurrent_dropout != 0 ? 4 : 1;
  return draw_gate_masks(cx, c.rates(), gates, step, states(cx.layer, step)[0]);
}

ir::Value project(LowerContext& cx, ir::Value x, const DropoutMasks& dropout) {
  const ir::Value z = dot_of_gates(x, cx.weight("kernel"), dropout.input);
  return cx.layer.config_as<Config>().use_bias ? z + cx.weight("bias") : z;
}

ir::Values step(LowerContext& cx, ir::Value projected, const ir::Values& old, const DropoutMasks& dropout) {
  const Config& c = cx.layer.config_as<Config>();
  const ir::Value z = projected + dot_of_gates(old[0], cx.weight("recurrent_kernel"), dropout.recurrent);
  return lstm_step(cx, z, old[1], c.activation, c.recurrent_activation);
}

ir::Values run(LowerContext& cx, ir::Value projected, const ir::Values& old, ir::Value mask, bool reverse) {
  const Config& c = cx.layer.config_as<Config>();
  if (!c.activation.is("tanh") || !c.recurrent_activation.is("sigmoid")) return {};
  ir::Values inputs = {projected, old[0], old[1], cx.weight("recurrent_kernel")};
  if (mask) inputs.push_back(mask);
  ir::Node& node = cx.graph().add_node("lstm", std::move(inputs), {{"reverse", reverse}});
  return {node.out(0), node.out(1), node.out(2)};
}

ir::Values lower(LowerContext& cx, const Config&) { return lower_cell(cx); }

constexpr CellDef cell = {states, masks, project, step, run};
constexpr OldDefault old_defaults[] = {{"LSTMCell", "recurrent_activation", "\"hard_sigmoid\""}};
constexpr LayerCase cases[] = {
    {R"({"units": 3})", "float32[2,4]", R"({"states": ["float32[2,3]", "float32[2,3]"]})"},
    {R"({"units": 3, "use_bias": false, "activation": "relu", "recurrent_activation": "hard_sigmoid"})",
     "float32[2,4]", R"({"states": ["float32[2,3]", "float32[2,3]"]})"},
};

}  // namespace
extern const LayerDef layer_lstm_cell = define_layer<Config, build, lower>(
    {.class_name = "LSTMCell", .old_defaults = old_defaults, .cases = cases, .cell = &cell});
}  // namespace keratin
