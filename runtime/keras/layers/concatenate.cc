#include "runtime/keras/lower.h"
#include "runtime/keras/merging.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  std::int64_t axis;

  template <class V>
  void describe(V& v) {
    v("axis", axis, -1);
  }
};

ir::Values lower(LowerContext& cx, const Config& c) {
  const ir::Values inputs = promoted(cx.inputs());
  concatenate_masks(cx, inputs, c.axis);
  return {ir::concatenate(inputs, c.axis)};
}

constexpr Vintage vintages[] = {{"axis", "concat_axis"}};
constexpr LayerCase cases[] = {
    {R"({})", "float32[2,3] float32[2,4]"},
    {R"({"axis": 1})", "float32[2,3,4] float32[2,1,4] float32[2,2,4]"},
};

}  // namespace
extern const LayerDef layer_concatenate = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "Concatenate", .masking = Masking::handles, .vintages = vintages, .cases = cases});
}  // namespace keratin
