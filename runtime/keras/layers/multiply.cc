#include "runtime/keras/lower.h"
#include "runtime/keras/merging.h"

namespace keratin {
namespace {

using namespace keras;

// Masked places count as 1; where all are masked the product is 0.
ir::Values lower(LowerContext& cx, const NoConfig&) {
  if (cx.layer.generation < 3) return {merge_before_3(cx, "multiply")};
  const ir::Values inputs = merge_inputs(cx);
  ir::Value product, seen;
  bool all = true;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    ir::Value x = inputs[i];
    all &= bool(cx.mask(i));
    if (cx.mask(i)) {
      const ir::Value mask = mask_for(cx.mask(i), x);
      x = ir::select(mask, x, ir::constant_like(x, 1));
      seen = seen ? ir::binary("logical_or", seen, mask) : mask;
    }
    product = product ? product * x : x;
  }
  if (!all) return {product};
  cx.set_mask(0, ir::reduce("reduce_any", seen, {-1}));
  return {ir::select(seen, product, ir::constant_like(product, 0))};
}

constexpr LayerCase cases[] = {
    {R"({})", "float32[2,3] float32[2,3]"},
    {R"({})", "float32[2,3,4] float32[2,4]"},
    {R"({})", "float32[2,3] float32[2,1] float32[2,3]"},
};

}  // namespace
extern const LayerDef layer_multiply = define_layer<NoConfig, build_nothing<NoConfig>, lower>(
    {.class_name = "Multiply", .masking = Masking::handles, .cases = cases});
}  // namespace keratin
