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

// Unmasked inputs count as seen everywhere; a place is masked when all its features are.
ir::Value joined_masks(LowerContext& cx, const ir::Values& inputs, std::int64_t axis) {
  ir::Values masks;
  bool any = false;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const ir::Value mask = cx.mask(i);
    any |= bool(mask);
    masks.push_back(mask ? mask_for(mask, inputs[i])
                         : ir::full(cx.graph(), {DType::boolean, inputs[i].shape()}, 1));
  }
  return any ? ir::reduce("reduce_any", ir::concatenate(masks, axis), {-1}) : ir::Value{};
}

ir::Values lower(LowerContext& cx, const Config& c) {
  const ir::Values inputs = promoted(cx.inputs());
  cx.set_mask(0, joined_masks(cx, inputs, c.axis));
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
