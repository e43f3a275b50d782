#include "runtime/core/shape.h"
#include "runtime/keras/spatial.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  std::int64_t axis;
  double momentum, epsilon;
  bool center, scale;
  InitializerConfig beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer;
  Opaque beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint;
  bool synchronized, renorm;
  Json renorm_clipping;
  double renorm_momentum;

  template <class V>
  void describe(V& v) {
    v("axis", axis, std::int64_t(-1));
    v("momentum", momentum, 0.99);
    v("epsilon", epsilon, 1e-3);
    v("center", center, true);
    v("scale", scale, true);
    v("beta_initializer", beta_initializer, "zeros");
    v("gamma_initializer", gamma_initializer, "ones");
    v("moving_mean_initializer", moving_mean_initializer, "zeros");
    v("moving_variance_initializer", moving_variance_initializer, "ones");
    v("beta_regularizer", beta_regularizer, nullptr);
    v("gamma_regularizer", gamma_regularizer, nullptr);
    v("beta_constraint", beta_constraint, nullptr);
    v("gamma_constraint", gamma_constraint, nullptr);
    v("synchronized", synchronized, false);
    v("renorm", renorm, false);
    v("renorm_clipping", renorm_clipping, nullptr);
    v("renorm_momentum", renorm_momentum, 0.99);
  }
};

void build(BuildContext& cx, const Config& c) {
  check(!c.renorm, ErrorCode::unsupported, "batch renormalization (renorm) is not supported yet");
  const std::int64_t size = cx.known(0, c.axis);
  const BuildContext::Options statistics = {.trainable = false, .kind = VariableKind::training_state};
  if (c.scale) cx.add_weight("gamma", {size}, c.gamma_initializer.object);
  if (c.center) cx.add_weight("beta", {size}, c.beta_initializer.object);
  cx.add_weight("moving_mean", {size}, c.moving_mean_initializer.object, statistics);
  cx.add_weight("moving_variance", {size}, c.moving_variance_initializer.object, statistics);
}

struct Moments {
  ir::Value mean, variance;
};

// Over all axes but one; masked elements don't count.
Moments moments(ir::Value x, std::int64_t axis, ir::Value mask) {
  ir::Ints axes;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(x.rank()); ++i)
    if (i != axis) axes.push_back(i);
  const ir::Dims kept = {x.shape()[static_cast<std::size_t>(axis)]};
  if (!mask) {
    const ir::Value mean = ir::mean(x, axes, ir::Keep::yes);
    return {ir::reshape(mean, kept), ir::mean(ir::square(x - mean), axes)};
  }
  check(mask.rank() + 1 == x.rank(), ErrorCode::corrupt_file, "mask ", ir::to_string(mask.type()),
        " must have one axis less than the input ", ir::to_string(x.type()));
  const ir::Value seen = ir::broadcast_to(ir::expand_dims(ir::cast(mask, DType::boolean), -1), x.shape());
  const ir::Value zero = ir::constant_like(x, 0);
  const ir::Value count = ir::sum(ir::cast(seen, x.dtype()), axes, ir::Keep::yes) + 1e-7;
  const ir::Value mean = ir::sum(ir::select(seen, x, zero), axes, ir::Keep::yes) / count;
  const ir::Value squares = ir::square(ir::select(seen, x - mean, zero));
  return {ir::reshape(mean, kept), ir::reshape(ir::sum(squares, axes, ir::Keep::yes) / count, kept)};
}

// Up to Keras 2 images are normalised by a fused op, whose variance for the moving average is the sample's:
// times n / (n - 1), tf.raw_ops.FusedBatchNormV3.
ir::Value moving_variance_of(LowerContext& cx, ir::Value x, std::int64_t axis, ir::Value variance) {
  const auto last = static_cast<std::int64_t>(x.rank()) - 1;
  const bool fused = cx.layer.generation < 3 && (last == 3 || last == 4) && (axis == 1 || axis == last);
  if (!fused) return variance;
  ir::Dim count(1);
  for (std::int64_t i = 0; i <= last; ++i)
    if (i != axis) count = count * x.shape()[static_cast<std::size_t>(i)];
  const ir::Value n = ir::dimension(cx.graph(), count, variance.dtype());
  return variance * (n / ir::maximum(n - 1, ir::constant_like(n, 1)));
}

// In float32 at least: half precision overflows in the statistics.
ir::Values lower(LowerContext& cx, const Config& c) {
  const DType wide = cx.input().dtype() == DType::float64 ? DType::float64 : DType::float32;
  const ir::Value x = ir::cast(cx.input(), wide);
  const std::int64_t axis = normalize_axis(c.axis, x.rank());
  auto weight = [&](bool used, const char* name) {
    return used ? ir::cast(cx.read(name), wide) : ir::Value();
  };
  Moments used = {weight(true, "moving_mean"), weight(true, "moving_variance")};
  if (cx.training() && cx.layer.trainable) {
    const Moments batch = moments(x, axis, cx.mask());
    auto update = [&](const char* name, ir::Value old, ir::Value now) {
      cx.assign(name, ir::cast(old * c.momentum + now * (1 - c.momentum), cx.variable(name)->dtype()));
    };
    update("moving_mean", used.mean, batch.mean);
    update("moving_variance", used.variance, moving_variance_of(cx, x, axis, batch.variance));
    used = batch;
  }
  const ir::Value y = ir::batch_norm(x, used.mean, used.variance, weight(c.scale, "gamma"),
                                     weight(c.center, "beta"), axis, c.epsilon);
  return {ir::cast(y, cx.compute_dtype())};
}

Json first_axis(const Json& j) {  // tf.keras wrote [3]
  return j.is_array() && j.as_array().size() == 1 ? j.as_array()[0] : j;
}

// Keras 1: 0 is what later versions do, 1 normalises each sample alone, 2 with the batch's statistics always.
Json check_mode(const Json& mode) {
  check(!mode.truthy(), ErrorCode::unsupported, "mode ", serialization::print_json(mode),
        " of Keras 1 is not supported, only 0");
  return {};
}

constexpr const char* old_names[] = {"BatchNormalizationV1", "BatchNormalizationV2",
                                     "SyncBatchNormalization"};
constexpr Vintage vintages[] = {{"axis", "axis", first_axis},
                                {nullptr, "mode", check_mode},
                                {"beta_initializer", "beta_init"},
                                {"gamma_initializer", "gamma_init"}};
constexpr LayerCase cases[] = {
    {R"({})", "float32[4,3]"},
    {R"({"axis": 1, "epsilon": 0.01})", "float32[2,3,4,2]"},
    {R"({"center": false})", "float32[2,3,2]"},
    {R"({"scale": false, "axis": -2})", "float32[2,3,2]"},
    {R"({"dtype": "mixed_float16"})", "float32[2,3,2]"},
    {R"({"dtype": "float64"})", "float64[2,3,2]"},
    {R"({"momentum": 0.9})", "float32[4,3,2]", R"({"training": true})"},
    {R"({"scale": false, "axis": 1})", "float32[4,3,2]", R"({"training": true})"},
    {R"({})", "float32[3,5,2]", R"({"training": true, "mask": "bool[3,5]"})"},
    {R"({"dtype": "mixed_float16", "momentum": 0.5})", "float32[4,2,2]", R"({"training": true})"},
    {R"({"trainable": false})", "float32[4,2]", R"({"training": true})"},
};

}  // namespace
extern const LayerDef layer_batch_normalization =
    define_layer<Config, build, lower>({.class_name = "BatchNormalization",
                                        .masking = Masking::passes,
                                        .vintages = vintages,
                                        .old_names = old_names,
                                        .cases = cases});
}  // namespace keratin
