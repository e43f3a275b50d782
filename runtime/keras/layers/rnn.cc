#include "runtime/core/error.h"
#include "runtime/keras/recurrent.h"

namespace keratin {
namespace keras {
namespace {

// A cell, or a list of them, which is a StackedRNNCells.
struct Cell {
  LayerPtr layer;
};

}  // namespace

template <>
struct ConfigValue<Cell> {
  static Cell read(const Json& j) {
    if (!j.is_array()) return {ConfigValue<LayerPtr>::read(j)};
    Json config;
    config["cells"] = j;
    return {make_layer("StackedRNNCells", "stacked_rnn_cells", {}, std::move(config))};
  }
  static Json write(const Cell& v) { return ConfigValue<LayerPtr>::write(v.layer); }
};
template <>
struct PublicType<Cell> : PublicType<LayerPtr> {};

}  // namespace keras

namespace {

using namespace keras;

struct Config : RecurrentConfig {
  Cell cell;

  template <class V>
  void describe(V& v) {
    RecurrentConfig::describe(v);
    v("cell", cell);
  }
};

void build(BuildContext& cx, const Config& c) {
  check(c.cell.layer != nullptr, ErrorCode::corrupt_file, "an RNN without a cell");
  build_recurrent(cx, c, c.cell.layer);
}

ir::Values lower(LowerContext& cx, const Config& c) { return lower_recurrent(cx, c); }

constexpr LayerCase cases[] = {
    {R"({"cell": {"module": "keras.layers", "class_name": "SimpleRNNCell", "registered_name": null,
         "config": {"units": 3, "name": "cell"}}, "return_sequences": true})",
     "float32[2,5,4]"},
    {R"({"cell": {"module": "keras.layers", "class_name": "SimpleRNNCell", "registered_name": null,
         "config": {"units": 3, "name": "cell"}}, "return_state": true})",
     "float32[2,5,4]", R"({"mask": "bool[2,5]"})"},
    {R"({"cell": {"module": "keras.layers", "class_name": "SimpleRNNCell", "registered_name": null,
         "config": {"units": 3, "name": "cell", "dropout": 0.3, "recurrent_dropout": 0.2, "seed": 4}}})",
     "float32[2,5,4]", R"({"training": true})"},
    {R"({"cell": {"module": "keras.layers", "class_name": "LSTMCell", "registered_name": null,
         "config": {"units": 3, "name": "cell"}}, "return_state": true, "go_backwards": true})",
     "float32[2,5,4]"},
    {R"({"cell": {"module": "keras.layers", "class_name": "StackedRNNCells", "registered_name": null,
         "config": {"name": "stack", "cells": [
         {"module": "keras.layers", "class_name": "LSTMCell", "registered_name": null,
          "config": {"units": 3, "name": "a"}},
         {"module": "keras.layers", "class_name": "GRUCell", "registered_name": null,
          "config": {"units": 5, "name": "b", "reset_after": false}},
         {"module": "keras.layers", "class_name": "SimpleRNNCell", "registered_name": null,
          "config": {"units": 2, "name": "c"}}]}}, "return_state": true, "return_sequences": true})",
     "float32[2,5,4]", R"({"mask": "bool[2,5]"})"},
    {R"({"cell": {"module": "keras.layers", "class_name": "StackedRNNCells", "registered_name": null,
         "config": {"name": "stack", "cells": [
         {"module": "keras.layers", "class_name": "LSTMCell", "registered_name": null,
          "config": {"units": 3, "name": "a", "dropout": 0.4, "recurrent_dropout": 0.3, "seed": 3}},
         {"module": "keras.layers", "class_name": "GRUCell", "registered_name": null,
          "config": {"units": 5, "name": "b", "dropout": 0.4, "seed": 4}}]}}})",
     "float32[2,5,4]", R"({"training": true})"},
};

}  // namespace
extern const LayerDef layer_rnn =
    define_layer<Config, build, lower>({.class_name = "RNN", .masking = Masking::handles, .cases = cases});
}  // namespace keratin
