#include "runtime/keras/spatial.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  LayerPtr layer;
  std::int64_t power_iterations;

  template <class V>
  void describe(V& v) {
    v("layer", layer);
    v("power_iterations", power_iterations, std::int64_t(1));
  }
};

void build(BuildContext& cx, const Config& c) {
  check(c.layer != nullptr, ErrorCode::corrupt_file, "layer is null");
  check(c.power_iterations > 0 && c.power_iterations <= 1000, ErrorCode::corrupt_file, "power_iterations ",
        c.power_iterations, ": expected 1 … 1000");
  build_layer(*c.layer, {cx.input()});
  VariablePtr kernel;
  for (const Layer::Weight& weight : c.layer->weights)
    if (weight.name == "kernel" || weight.name == "embeddings") kernel = weight.variable;
  check(kernel != nullptr && !kernel->shape().empty(), ErrorCode::corrupt_file, c.layer->file_class_name(),
        " has neither kernel nor embeddings to normalize");
  cx.share_weight("kernel", kernel);
  Json spread;
  spread["class_name"] = "TruncatedNormal";
  spread["config"]["stddev"] = 0.02;
  cx.add_weight("vector_u", {1, kernel->shape().back()}, spread,
                {.trainable = false, .kind = VariableKind::training_state, .dtype = kernel->dtype()});
  cx.adopt("layer", c.layer);
}

ir::Value unit_length(ir::Value x) {
  const ir::Value squares = ir::sum(ir::square(x), {0, 1}, ir::Keep::yes);
  return x * ir::minimum(ir::rsqrt(squares), ir::constant_like(x, 1e7));
}

// The kernel over its largest singular value, estimated by power iterations from vector_u. A kernel of zeros
// stays as it is.
void normalize_kernel(LowerContext& cx, const Config& c) {
  const ir::Value kernel = cx.read("kernel"), old_u = cx.read("vector_u");
  const ir::Dim columns = kernel.shape().back();
  const auto rows = exact_div(product(kernel.shape()), columns);
  const ir::Value matrix = ir::reshape(kernel, {rows.value_or(1), columns});
  ir::Value u = old_u, v;
  for (std::int64_t i = 0; i < c.power_iterations; ++i) {
    v = unit_length(ir::dot(u, ir::transpose(matrix, {1, 0})));
    u = unit_length(ir::dot(v, matrix));
  }
  const ir::Value sigma = ir::reshape(ir::dot(ir::dot(v, matrix), ir::transpose(u, {1, 0})), {});
  ir::Ints axes;
  for (std::size_t i = 0; i < kernel.rank(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  const ir::Value empty =
      ir::reduce("reduce_all", ir::compare("equal", kernel, ir::constant_like(kernel, 0)), axes);
  cx.assign("vector_u", ir::select(empty, old_u, u));
  cx.assign("kernel", ir::select(empty, kernel, kernel / sigma));
}

ir::Values lower(LowerContext& cx, const Config& c) {
  if (cx.training()) normalize_kernel(cx, c);
  return {ir::cast(cx.run(cx.child("layer"), cx.input()), cx.input().dtype())};
}

constexpr LayerCase cases[] = {
    {R"({"layer": {"module": "keras.layers", "class_name": "Dense", "config": {"name": "inner", "units": 3},
         "registered_name": null}})",
     "float32[2,4]"},
    {R"({"layer": {"module": "keras.layers", "class_name": "Conv2D", "config": {"name": "inner", "filters": 3,
         "kernel_size": 2}, "registered_name": null}, "power_iterations": 2})",
     "float32[1,4,3,2]", R"({"training": true})"},
    {R"({"layer": {"module": "keras.layers", "class_name": "Embedding", "config": {"name": "inner",
         "input_dim": 4, "output_dim": 2}, "registered_name": null}})",
     "float32[2,3]"},
};

}  // namespace
extern const LayerDef layer_spectral_normalization =
    define_layer<Config, build, lower>({.class_name = "SpectralNormalization", .cases = cases});
}  // namespace keratin
