#include "runtime/core/error.h"
#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"

namespace keratin {
namespace {

using namespace keras;

// Of keras.applications' ConvNeXt models.
struct Config {
  double init_values;
  std::int64_t projection_dim;

  template <class V>
  void describe(V& v) {
    v("init_values", init_values);
    v("projection_dim", projection_dim);
  }
};

// Keras 3 gives the weight no name.
void build(BuildContext& cx, const Config& c) {
  check(c.projection_dim > 0, ErrorCode::corrupt_file, "projection_dim ", c.projection_dim,
        ": expected a positive integer");
  Json config, initializer;
  config["value"] = c.init_values;
  initializer["class_name"] = "Constant";
  initializer["config"] = std::move(config);
  cx.add_weight("variable", {c.projection_dim}, initializer);
}

ir::Values lower(LowerContext& cx, const Config&) { return {cx.input() * cx.weight("variable")}; }

void amend(const Layer&, Json& object) {
  object["module"] = "keras.src.applications.convnext";
  object["registered_name"] = "LayerScale";
}

constexpr LayerCase cases[] = {
    {R"({"init_values": 0.25, "projection_dim": 3})", "float32[2,4,3]"},
    {R"({"init_values": 0.25, "projection_dim": 3, "dtype": "mixed_float16"})", "float32[2,3]"},
};

}  // namespace
extern const LayerDef layer_layer_scale =
    define_layer<Config, build, lower>({.class_name = "LayerScale", .cases = cases, .amend = amend});
}  // namespace keratin
