#include <cmath>

#include "runtime/core/error.h"
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

void build(BuildContext& cx, const Config& c) {
  check(c.rate < 1, ErrorCode::corrupt_file, "rate ", c.rate, ": expected a number from 0 to below 1");
  build_random(cx, c.rate, c.seed);
}

// Dropped units take SELU's negative limit; then mean and deviation are restored (Klambauer 2017).
ir::Values lower(LowerContext& cx, const Config& c) {
  const ir::Value x = cx.input();
  if (!cx.training() || c.rate == 0) return {x};
  const double limit = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946;
  const double a = 1 / std::sqrt((1 - c.rate) * (1 + c.rate * limit * limit)), b = -a * limit * c.rate;
  const ir::Value kept =
      ir::compare("greater_equal", random_uniform(cx, noise_dims(c.noise_shape, x), DType::float32),
                  ir::constant(cx.graph(), DType::float32, c.rate));
  return {ir::select(kept, x, ir::constant_like(x, limit)) * a + b};
}

constexpr Vintage vintages[] = {{"rate", "p"}};
constexpr LayerCase cases[] = {
    {R"({"rate": 0.5})", "float32[2,5]"},
    {R"({"rate": 0.4, "seed": 7})", "float32[4,6]", R"({"training": true})"},
};

}  // namespace
extern const LayerDef layer_alpha_dropout = define_layer<Config, build, lower>(
    {.class_name = "AlphaDropout", .masking = Masking::passes, .vintages = vintages, .cases = cases});
}  // namespace keratin
