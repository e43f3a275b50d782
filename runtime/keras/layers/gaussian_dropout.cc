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

  template <class V>
  void describe(V& v) {
    v("rate", rate);
    v("seed", seed, nullptr);
  }
};

void build(BuildContext& cx, const Config& c) {
  check(c.rate < 1, ErrorCode::corrupt_file, "rate ", c.rate, ": expected a number from 0 to below 1");
  build_random(cx, c.rate, c.seed);
}

ir::Values lower(LowerContext& cx, const Config& c) {
  const ir::Value x = cx.input();
  if (!cx.training() || c.rate == 0) return {x};
  const double deviation = std::sqrt(c.rate / (1 - c.rate));
  return {x * (random_normal(cx, x.shape(), x.dtype()) * deviation + 1.0)};
}

constexpr Vintage vintages[] = {{"rate", "p"}};
constexpr LayerCase cases[] = {
    {R"({"rate": 0.5})", "float32[2,5]"},
    {R"({"rate": 0.4, "seed": 7})", "float32[4,6]", R"({"training": true})"},
};

}  // namespace
extern const LayerDef layer_gaussian_dropout = define_layer<Config, build, lower>(
    {.class_name = "GaussianDropout", .masking = Masking::passes, .vintages = vintages, .cases = cases});
}  // namespace keratin
