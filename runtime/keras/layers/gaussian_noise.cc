#include "runtime/core/error.h"
#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"
#include "runtime/keras/random.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  double stddev;
  std::optional<std::int64_t> seed;

  template <class V>
  void describe(V& v) {
    v("stddev", stddev);
    v("seed", seed, nullptr);
  }
};

void build(BuildContext& cx, const Config& c) {
  check(c.stddev >= 0, ErrorCode::corrupt_file, "stddev ", c.stddev, " must not be negative");
  build_random(cx, c.stddev > 0 ? 1 : 0, c.seed);
}

ir::Values lower(LowerContext& cx, const Config& c) {
  const ir::Value x = cx.input();
  if (!cx.training() || c.stddev == 0) return {x};
  return {x + random_normal(cx, x.shape(), x.dtype()) * c.stddev};
}

constexpr Vintage vintages[] = {{"stddev", "sigma"}};
constexpr LayerCase cases[] = {
    {R"({"stddev": 0.5})", "float32[2,5]"},
    {R"({"stddev": 0.4, "seed": 7})", "float32[4,6]", R"({"training": true})"},
};

}  // namespace
extern const LayerDef layer_gaussian_noise = define_layer<Config, build, lower>(
    {.class_name = "GaussianNoise", .masking = Masking::passes, .vintages = vintages, .cases = cases});
}  // namespace keratin
