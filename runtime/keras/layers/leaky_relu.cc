#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  double negative_slope;

  template <class V>
  void describe(V& v) {
    v("negative_slope", negative_slope, 0.3);
  }
};

ir::Values lower(LowerContext& cx, const Config& c) {
  return {cx.graph().add("leaky_relu", {cx.input()}, {{"negative_slope", c.negative_slope}})};
}

constexpr Vintage vintages[] = {{"negative_slope", "alpha"}};
constexpr LayerCase cases[] = {
    {R"({})", "float32[2,5]"},
    {R"({"negative_slope": 0.01, "dtype": "float16"})", "float32[2,5]"},
};

}  // namespace
extern const LayerDef layer_leaky_relu = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "LeakyReLU", .masking = Masking::passes, .vintages = vintages, .cases = cases});
}  // namespace keratin
