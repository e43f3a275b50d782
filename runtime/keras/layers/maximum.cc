#include "runtime/keras/lower.h"
#include "runtime/keras/merging.h"

namespace keratin {
namespace {

using namespace keras;

ir::Values lower(LowerContext& cx, const NoConfig&) { return {merge_extreme(cx, "maximum")}; }

constexpr LayerCase cases[] = {
    {R"({})", "float32[2,3] float32[2,3]"},
    {R"({})", "float32[2,3,4] float32[2,4]"},
    {R"({})", "float32[2,3] float32[2,1] float32[2,3]"},
};

}  // namespace
extern const LayerDef layer_maximum = define_layer<NoConfig, build_nothing<NoConfig>, lower>(
    {.class_name = "Maximum", .masking = Masking::handles, .cases = cases});
}  // namespace keratin
