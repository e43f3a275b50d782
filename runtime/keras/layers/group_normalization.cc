#include "runtime/core/shape.h"
#include "runtime/keras/spatial.h"
#include "runtime/keras/uncast.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  std::int64_t groups, axis;
  double epsilon;
  bool center, scale;
  InitializerConfig beta_initializer, gamma_initializer;
  Opaque beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint;

  template <class V>
  void describe(V& v) {
    v("groups", groups, std::int64_t(32));
    v("axis", axis, std::int64_t(-1));
    v("epsilon", epsilon, 1e-3);
    v("center", center, true);
    v("scale", scale, true);
    v("beta_initializer", beta_initializer, "zeros");
    v("gamma_initializer", gamma_initializer, "ones");
    v("beta_regularizer", beta_regularizer, nullptr);
    v("gamma_regularizer", gamma_regularizer, nullptr);
    v("beta_constraint", beta_constraint, nullptr);
    v("gamma_constraint", gamma_constraint, nullptr);
  }
};

void build(BuildContext& cx, const Config& c) {
  const std::int64_t size = cx.known(0, c.axis);
  check(c.groups == -1 || (c.groups > 0 && c.groups <= size && size % c.groups == 0), ErrorCode::corrupt_file,
        "groups ", c.groups, ": expected -1 or a divisor of ", size);
  if (c.scale) cx.add_weight("gamma", {size}, c.gamma_initializer.object);
  if (c.center) cx.add_weight("beta", {size}, c.beta_initializer.object);
}

// Statistics of each group of each sample, in float32 at least.
ir::Values lower(LowerContext& cx, const Config& c) {
  const ir::Value given = uncast_input(cx);
  const DType wide = given.dtype() == DType::float64 ? DType::float64 : DType::float32;
  const auto axis = static_cast<std::size_t>(normalize_axis(c.axis, given.rank()));
  check(axis > 0, ErrorCode::corrupt_file, "axis 0 is the batch");
  const std::int64_t size = given.shape()[axis].value(), groups = c.groups == -1 ? size : c.groups;
  // axis -> groups, members
  ir::Dims shape = given.shape(), spread(given.rank() + 1, ir::Dim(1));
  shape[axis] = size / groups;
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), groups);
  spread[axis] = groups;
  spread[axis + 1] = size / groups;
  ir::Ints axes;
  for (std::size_t i = 1; i < shape.size(); ++i)
    if (i != axis) axes.push_back(static_cast<std::int64_t>(i));
  const ir::Value x = ir::reshape(ir::cast(given, wide), shape);
  const ir::Value centred = x - ir::mean(x, axes, ir::Keep::yes);
  ir::Value y = centred * ir::rsqrt(ir::mean(ir::square(centred), axes, ir::Keep::yes) + c.epsilon);
  if (c.scale) y = y * ir::reshape(ir::cast(cx.read("gamma"), wide), spread);
  if (c.center) y = y + ir::reshape(ir::cast(cx.read("beta"), wide), spread);
  return {ir::cast(ir::reshape(y, given.shape()), cx.compute_dtype())};
}

constexpr LayerCase cases[] = {
    {R"({"groups": 2})", "float32[2,3,4]"},
    {R"({"groups": -1})", "float32[2,3,3,2]"},
    {R"({"groups": 3, "axis": 1, "center": false, "epsilon": 1e-5})", "float32[2,6,3,2]"},
    {R"({"groups": 1, "axis": -2, "scale": false})", "float32[2,4,3]"},
    {R"({"groups": 2, "dtype": "mixed_float16"})", "float32[2,4]"},
};

}  // namespace
extern const LayerDef layer_group_normalization = define_layer<Config, build, lower>(
    {.class_name = "GroupNormalization", .masking = Masking::passes, .cases = cases});
}  // namespace keratin
