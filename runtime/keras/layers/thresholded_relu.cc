#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  double theta;

  template <class V>
  void describe(V& v) {
    v("theta", theta, 1.0);
  }
};

ir::Values lower(LowerContext& cx, const Config& c) {
  const ir::Value x = cx.input();
  return {x * ir::cast(ir::compare("greater", x, ir::constant_like(x, c.theta)), x.dtype())};
}

constexpr LayerCase cases[] = {
    {R"({})", "float32[3,5]"},
    {R"({"theta": 0.25})", "float32[3,5]"},
};

}  // namespace
extern const LayerDef layer_thresholded_relu = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "ThresholdedReLU", .masking = Masking::passes, .cases = cases});
}  // namespace keratin
