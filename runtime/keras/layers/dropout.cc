#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"
#include "runtime/keras/random.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  double rate;
  std::optional<std::int64_t> seed;
  std::optional<NoiseShape> noise_shape;

  template <class V>
  void describe(V& v) {
    v("rate", rate);
    v("seed", seed, nullptr);
    v("noise_shape", noise_shape, nullptr);
  }
};

void build(BuildContext& cx, const Config& c) { build_random(cx, c.rate, c.seed); }

ir::Values lower(LowerContext& cx, const Config& c) {
  return {dropout(cx, cx.input(), c.rate, noise_dims(c.noise_shape, cx.input()))};
}

constexpr Vintage vintages[] = {{"rate", "p"}};
constexpr LayerCase cases[] = {
    {R"({"rate": 0.5})", "float32[2,5]"},
    {R"({"rate": 0.3, "noise_shape": [null, 1, 4]})", "float32[2,3,4]"},
    {R"({"rate": 0.4, "seed": 7})", "float32[4,6]", R"({"training": true})"},
    {R"({"rate": 0.4, "seed": 9, "noise_shape": [null, 1, null]})", "float32[3,4,5]",
     R"({"training": true})"},
    {R"({"rate": 0.4, "seed": 7, "dtype": "float16"})", "float32[4,6]", R"({"training": true})"},
};

}  // namespace
extern const LayerDef layer_dropout = define_layer<Config, build, lower>(
    {.class_name = "Dropout", .masking = Masking::passes, .vintages = vintages, .cases = cases});
}  // namespace keratin
