#include "runtime/keras/attention.h"
#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"

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
  return {masked_softmax(cx.input(), c.axis.values, cx.mask())};
}

constexpr LayerCase cases[] = {
    {R"({})", "float32[2,5]"},
    {R"({"axis": 1})", "float32[2,3,4]"},
    {R"({"axis": [1, 2]})", "float32[2,3,4]"},
    {R"({"axis": [-1]})", "float32[2,3,4]"},
    {R"({})", "float32[2,5]", R"({"mask": "bool[2,5]"})"},
    {R"({"axis": [1, 2]})", "float32[2,3,4]", R"({"mask": "bool[2,3,4]"})"},
};

}  // namespace
extern const LayerDef layer_softmax = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "Softmax", .masking = Masking::passes, .cases = cases});
}  // namespace keratin
