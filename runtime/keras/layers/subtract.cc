#include "runtime/core/error.h"
#include "runtime/keras/lower.h"
#include "runtime/keras/merging.h"

namespace keratin {
namespace {

using namespace keras;

ir::Values lower(LowerContext& cx, const NoConfig&) {
  const ir::Values inputs = merge_inputs(cx);
  check(inputs.size() == 2, ErrorCode::corrupt_file, "called on ", inputs.size(), " tensors, expected 2");
  merge_masks(cx);
  return {inputs[0] - inputs[1]};
}

constexpr LayerCase cases[] = {
    {R"({})", "float32[2,3] float32[2,3]"},
    {R"({})", "float32[2,3,4] float32[2,4]"},
};

}  // namespace
extern const LayerDef layer_subtract = define_layer<NoConfig, build_nothing<NoConfig>, lower>(
    {.class_name = "Subtract", .masking = Masking::handles, .cases = cases});
}  // namespace keratin
