#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  double mask_value;

  template <class V>
  void describe(V& v) {
    v("mask_value", mask_value, 0.0);
  }
};

ir::Values lower(LowerContext& cx, const Config& c) {
  const ir::Value x = cx.input();
  const ir::Value seen = ir::reduce(
      "reduce_any", ir::compare("not_equal", x, ir::constant_like(x, c.mask_value)), {-1}, ir::Keep::yes);
  cx.set_mask(0, ir::squeeze(seen, -1));
  return {ir::select(ir::broadcast_to(seen, x.shape()), x, ir::constant_like(x, 0))};
}

constexpr LayerCase cases[] = {
    {R"({})", "float32[2,3,4]"},
    {R"({"mask_value": -1.0})", "float32[2,3,4]"},
};

}  // namespace
extern const LayerDef layer_masking = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "Masking", .masking = Masking::handles, .cases = cases});
}  // namespace keratin
