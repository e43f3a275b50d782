#include "runtime/core/error.h"
#include "runtime/keras/lower.h"
#include "runtime/keras/simple_rnn.h"

namespace keratin {
namespace {

using namespace keras;

struct Config : SimpleRnnCellConfig {
  std::optional<std::int64_t> seed;

  template <class V>
  void describe(V& v) {
    SimpleRnnCellConfig::describe(v);
    v("seed", seed, nullptr);
  }
};

void build(BuildContext& cx, const Config& c) {
  check(c.units > 0, ErrorCode::corrupt_file, "units ", c.units, ": expected a positive integer");
  cx.add_weight("kernel", {cx.known(0, -1), c.units}, c.kernel_initializer.object);
  cx.add_weight("recurrent_kernel", {c.units, c.units}, c.recurrent_initializer.object);
  if (c.use_bias) cx.add_weight("bias", {c.units}, c.bias_initializer.object);
}

ir::Values lower(LowerContext& cx, const Config& c) {
  const ir::Value old = cx.count() == 2 ? cx.input(1) : cx.tensor_argument("states", 1);
  check(bool(old), ErrorCode::corrupt_file, "called on ", cx.count(),
        " tensors, expected a step and one state");
  check(!cx.training() || (c.dropout == 0 && c.recurrent_dropout == 0), ErrorCode::unsupported,
        "dropout of a recurrent cell in training is not supported yet");
  const ir::Value x = cx.input(0);
  ir::Value h = ir::dot(x, cx.weight("kernel"));
  if (c.use_bias) h = h + cx.weight("bias");
  const ir::Value y = c.activation(cx, h + ir::dot(old, cx.weight("recurrent_kernel")));
  return {y, y};
}

constexpr LayerCase cases[] = {
    {R"({"units": 3})", "float32[2,4]", R"({"states": "float32[2,3]"})"},
    {R"({"units": 3, "use_bias": false, "activation": "relu"})", "float32[2,4]",
     R"({"states": "float32[2,3]"})"},
};

}  // namespace
extern const LayerDef layer_simple_rnn_cell =
    define_layer<Config, build, lower>({.class_name = "SimpleRNNCell", .cases = cases});
}  // namespace keratin
