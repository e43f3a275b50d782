#include "runtime/core/error.h"
#include "runtime/keras/simple_rnn.h"

namespace keratin {
namespace {

using namespace keras;
using Config = SimpleRnnCellConfig;

void build(BuildContext& cx, const Config& c) {
  check(c.units > 0, ErrorCode::corrupt_file, "units ", c.units, ": expected a positive integer");
  cx.add_weight("kernel", {cx.known(0, -1), c.units}, c.kernel_initializer.object);
  cx.add_weight("recurrent_kernel", {c.units, c.units}, c.recurrent_initializer.object);
  if (c.use_bias) cx.add_weight("bias", {c.units}, c.bias_initializer.object);
  build_cell_dropout(cx, c.rates());
}

std::vector<ir::Dims> states(const Layer& cell, const ir::Type& step) {
  return {{step.shape[0], cell.config_as<Config>().units}};
}

DropoutMasks masks(LowerContext& cx, const ir::Type& step) {
  return draw_cell_masks(cx, cx.layer.config_as<Config>().rates(), 1, step, states(cx.layer, step)[0]);
}

ir::Value project(LowerContext& cx, ir::Value x, const DropoutMasks& dropout) {
  const ir::Value h = dot_of_gates(x, cx.weight("kernel"), dropout.input);
  return cx.layer.config_as<Config>().use_bias ? h + cx.weight("bias") : h;
}

ir::Values step(LowerContext& cx, ir::Value projected, const ir::Values& old, const DropoutMasks& dropout) {
  const ir::Value product = dot_of_gates(old[0], cx.weight("recurrent_kernel"), dropout.recurrent);
  const ir::Value y = cx.layer.config_as<Config>().activation(cx, projected + product);
  return {y, y};
}

ir::Values lower(LowerContext& cx, const Config&) { return lower_cell(cx); }

constexpr CellDef cell = {states, masks, project, step};
constexpr LayerCase cases[] = {
    {R"({"units": 3})", "float32[2,4]", R"({"states": "float32[2,3]"})"},
    {R"({"units": 3, "use_bias": false, "activation": "relu"})", "float32[2,4]",
     R"({"states": "float32[2,3]"})"},
};

}  // namespace
extern const LayerDef layer_simple_rnn_cell =
    define_layer<Config, build, lower>({.class_name = "SimpleRNNCell", .cases = cases, .cell = &cell});
}  // namespace keratin
