#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"
#include "runtime/keras/random.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  double rate;
  std::optional<std::int64_t> seed;
  std::string data_format;

  template <class V>
  void describe(V& v) {
    v("rate", rate);
    v("seed", seed, nullptr);
    v("data_format", data_format, "channels_last");
  }
};

void build(BuildContext& cx, const Config& c) { build_random(cx, c.rate, c.seed); }

ir::Values lower(LowerContext& cx, const Config& c) {
  return {dropout(cx, cx.input(), c.rate, spatial_noise_dims(cx.input(), 4, c.data_format))};
}

constexpr Vintage vintages[] = {{"rate", "p"}};
constexpr LayerCase cases[] = {
    {R"({"rate": 0.5})", "float32[2,3,4,5]"},
    {R"({"rate": 0.4, "seed": 7, "data_format": "channels_first"})", "float32[3,4,2,2]",
     R"({"training": true})"},
};

}  // namespace
extern const LayerDef layer_spatial_dropout2d =
    define_layer<Config, build, lower>({.class_name = "SpatialDropout2D",
                                        .masking = Masking::passes,
                                        .vintages = vintages,
                                        .cases = cases,
                                        .amend = amend_spatial_dropout});
}  // namespace keratin
