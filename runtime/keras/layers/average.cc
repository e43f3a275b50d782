#include "runtime/keras/lower.h"
#include "runtime/keras/merging.h"

namespace keratin {
namespace {

using namespace keras;

ir::Values lower(LowerContext& cx, const NoConfig&) {
  merge_masks(cx);
  const ir::Values inputs = merge_inputs(cx);
  return {to_float(merge_sum(inputs)) / static_cast<double>(inputs.size())};
}

constexpr LayerCase cases[] = {
    {R"({})", "float32[2,3] float32[2,3]"},
    {R"({})", "float32[2,3,4] float32[2,4]"},
    {R"({})", "float32[2,3] float32[2,1] float32[2,3]"},
};

}  // namespace
extern const LayerDef layer_average = define_layer<NoConfig, build_nothing<NoConfig>, lower>(
    {.class_name = "Average", .masking = Masking::handles, .cases = cases});
}  // namespace keratin
