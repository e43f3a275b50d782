#include "runtime/core/error.h"
#include "runtime/keras/cell.h"
#include "runtime/keras/config.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  std::vector<LayerPtr> cells;

  template <class V>
  void describe(V& v) {
    v("cells", cells);
  }
};

// The type of a cell's output: that of its first state.
ir::Type output_of(const Layer& cell, const ir::Type& step) {
  return {step.dtype, cell_states(cell, step).at(0)};
}

void build(BuildContext& cx, const Config& c) {
  check(!c.cells.empty(), ErrorCode::corrupt_file, "no cells");
  ir::Type step = cx.input();
  for (const LayerPtr& cell : c.cells) {
    check(cell != nullptr, ErrorCode::corrupt_file, "a cell is null");
    build_layer(*cell, {step});
    cx.adopt("cells", cell, true);
    step = output_of(*cell, step);
  }
}

std::vector<ir::Dims> states(const Layer& layer, const ir::Type& given) {
  std::vector<ir::Dims> all;
  ir::Type step = given;
  for (const LayerPtr& cell : layer.config_as<Config>().cells) {
    const std::vector<ir::Dims> own = cell_states(*cell, step);
    all.insert(all.end(), own.begin(), own.end());
    step = output_of(*cell, step);
  }
  return all;
}

DropoutMasks masks(LowerContext& cx, const ir::Type& given) {
  DropoutMasks all;
  ir::Type step = given;
  for (const LayerPtr& cell : cx.layer.config_as<Config>().cells) {
    all.cells.push_back(cell_masks(cx.lowering, *cell, step));
    step = output_of(*cell, step);
  }
  return all;
}

const DropoutMasks& masks_of(const DropoutMasks& all, std::size_t i) {
  static const DropoutMasks none;
  return i < all.cells.size() ? all.cells[i] : none;
}

ir::Value project(LowerContext& cx, ir::Value x, const DropoutMasks& dropout) {
  return project_steps(cx.lowering, *cx.layer.config_as<Config>().cells.at(0), x, masks_of(dropout, 0));
}

ir::Values step(LowerContext& cx, ir::Value projected, const ir::Values& old, const DropoutMasks& dropout) {
  const std::vector<LayerPtr>& cells = cx.layer.config_as<Config>().cells;
  ir::Values results = {projected};
  auto first = old.begin();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    ir::Value x = results[0];
    if (i > 0) x = project_steps(cx.lowering, *cells[i], x, masks_of(dropout, i));
    const auto count = static_cast<std::ptrdiff_t>(cell_states(*cells[i], x.type()).size());
    const ir::Values made = run_step(cx.lowering, *cells[i], x, {first, first + count}, masks_of(dropout, i));
    first += count;
    results[0] = made[0];
    results.insert(results.end(), made.begin() + 1, made.end());
  }
  return results;
}

ir::Values lower(LowerContext& cx, const Config&) { return lower_cell(cx); }

constexpr CellDef cell = {states, masks, project, step};
constexpr LayerCase cases[] = {
    {R"({"cells": [
         {"module": "keras.layers", "class_name": "GRUCell", "registered_name": null,
          "config": {"units": 3, "name": "a"}},
         {"module": "keras.layers", "class_name": "SimpleRNNCell", "registered_name": null,
          "config": {"units": 5, "name": "b"}}]})",
     "float32[2,4]", R"({"states": ["float32[2,3]", "float32[2,5]"]})"},
};

}  // namespace
extern const LayerDef layer_stacked_rnn_cells =
    define_layer<Config, build, lower>({.class_name = "StackedRNNCells", .cases = cases, .cell = &cell});
}  // namespace keratin
