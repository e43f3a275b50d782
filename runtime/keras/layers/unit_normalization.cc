#include "runtime/keras/spatial.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  Axes axis;

  template <class V>
  void describe(V& v) {
    v("axis", axis, -1);
  }
};

ir::Values lower(LowerContext& cx, const Config& c) {
  const ir::Value x = cx.input(), squares = ir::sum(ir::square(x), c.axis.values, ir::Keep::yes);
  return {x * ir::minimum(ir::rsqrt(squares), ir::constant_like(x, 1e12))};
}

constexpr LayerCase cases[] = {
    {R"({})", "float32[2,5]"},
    {R"({"axis": [1, 2]})", "float32[2,3,4]"},
    {R"({"axis": 1})", "float64[2,3,4]"},
};

}  // namespace
extern const LayerDef layer_unit_normalization = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "UnitNormalization", .masking = Masking::passes, .cases = cases});
}  // namespace keratin
