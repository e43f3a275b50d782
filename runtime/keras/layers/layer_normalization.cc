#include <algorithm>

#include "runtime/core/shape.h"
#include "runtime/keras/spatial.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  Axes axis;
  double epsilon;
  bool center, scale, rms_scaling;
  InitializerConfig beta_initializer, gamma_initializer;
  Opaque beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint;

  template <class V>
  void describe(V& v) {
    v("axis", axis, -1);
    v("epsilon", epsilon, 1e-3);
    v("center", center, true);
    v("scale", scale, true);
    v("rms_scaling", rms_scaling, false);
    v("beta_initializer", beta_initializer, "zeros");
    v("gamma_initializer", gamma_initializer, "ones");
    v("beta_regularizer", beta_regularizer, nullptr);
    v("gamma_regularizer", gamma_regularizer, nullptr);
    v("beta_constraint", beta_constraint, nullptr);
    v("gamma_constraint", gamma_constraint, nullptr);
  }
};

void build(BuildContext& cx, const Config& c) {
  Shape shape;
  for (std::int64_t axis : c.axis.values) shape.push_back(cx.known(0, axis));
  check(!shape.empty(), ErrorCode::corrupt_file, "axis is empty");
  if (c.scale || c.rms_scaling) cx.add_weight("gamma", shape, c.gamma_initializer.object);
  if (c.center && !c.rms_scaling) cx.add_weight("beta", shape, c.beta_initializer.object);
}

// In float32 at least.
ir::Values lower(LowerContext& cx, const Config& c) {
  const DType wide = cx.input().dtype() == DType::float64 ? DType::float64 : DType::float32;
  const ir::Value x = ir::cast(cx.input(), wide);
  ir::Ints axes;
  for (std::int64_t axis : c.axis.values) axes.push_back(normalize_axis(axis, x.rank()));
  std::sort(axes.begin(), axes.end());
  check(std::adjacent_find(axes.begin(), axes.end()) == axes.end(), ErrorCode::corrupt_file,
        "an axis is named twice");
  ir::Dims shape;
  for (std::int64_t axis : axes) shape.push_back(x.shape()[static_cast<std::size_t>(axis)]);
  // Axes in another order than x's: Keras reshapes, too
  auto weight = [&](const char* name) {
    return cx.has_weight(name) ? ir::reshape(ir::cast(cx.weight(name), wide), shape) : ir::Value();
  };
  if (!c.rms_scaling)
    return {
        ir::cast(ir::layer_norm(x, weight("gamma"), weight("beta"), axes, c.epsilon), cx.compute_dtype())};
  // By the deviation from the mean, but the mean stays: what Keras does under this name
  const ir::Value variance = ir::mean(ir::square(x - ir::mean(x, axes, ir::Keep::yes)), axes, ir::Keep::yes);
  ir::Dims spread(x.rank(), ir::Dim(1));
  for (std::int64_t axis : axes)
    spread[static_cast<std::size_t>(axis)] = x.shape()[static_cast<std::size_t>(axis)];
  const ir::Value y = x * ir::rsqrt(variance + c.epsilon) * ir::reshape(weight("gamma"), spread);
  return {ir::cast(y, cx.compute_dtype())};
}

constexpr LayerCase cases[] = {
    {R"({})", "float32[2,5]"},
    {R"({"axis": [1, 2], "epsilon": 1e-5})", "float32[2,3,4]"},
    {R"({"axis": 1, "center": false})", "float32[2,3,4]"},
    {R"({"axis": [-1], "scale": false})", "float32[2,3,4]"},
    {R"({"rms_scaling": true})", "float32[2,3,4]"},
    {R"({"rms_scaling": true, "axis": 1})", "float32[2,3,4]"},
    {R"({"dtype": "mixed_float16"})", "float32[2,6]"},
};

}  // namespace
extern const LayerDef layer_layer_normalization = define_layer<Config, build, lower>(
    {.class_name = "LayerNormalization", .masking = Masking::passes, .cases = cases});
}  // namespace keratin
