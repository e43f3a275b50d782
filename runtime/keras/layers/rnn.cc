#include "runtime/core/error.h"
#include "runtime/keras/recurrent.h"

namespace keratin {
namespace {

using namespace keras;

struct Config : RecurrentConfig {
  LayerPtr cell;

  template <class V>
  void describe(V& v) {
    RecurrentConfig::describe(v);
    v("cell", cell);
  }
};

void build(BuildContext& cx, const Config& c) {
  check(c.cell != nullptr, ErrorCode::corrupt_file, "an RNN without a cell");
  build_recurrent(cx, c, c.cell, state_sizes(*c.cell));
}

ir::Values lower(LowerContext& cx, const Config& c) { return lower_recurrent(cx, c, state_sizes(*c.cell)); }

constexpr LayerCase cases[] = {
    {R"({"cell": {"module": "keras.layers", "class_name": "SimpleRNNCell", "registered_name": null,
         "config": {"units": 3, "name": "cell"}}, "return_sequences": true})",
     "float32[2,5,4]"},
    {R"({"cell": {"module": "keras.layers", "class_name": "SimpleRNNCell", "registered_name": null,
         "config": {"units": 3, "name": "cell"}}, "return_state": true})",
     "float32[2,5,4]", R"({"mask": "bool[2,5]"})"},
};

}  // namespace
extern const LayerDef layer_rnn =
    define_layer<Config, build, lower>({.class_name = "RNN", .masking = Masking::handles, .cases = cases});
}  // namespace keratin
