#include "runtime/core/error.h"
#include "runtime/keras/lower.h"
#include "runtime/keras/merging.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  Axes axes;
  bool normalize;

  template <class V>
  void describe(V& v) {
    v("axes", axes);
    v("normalize", normalize, false);
  }
};

ir::Values lower(LowerContext& cx, const Config& c) {
  const ir::Values inputs = promoted(cx.inputs());
  check(inputs.size() == 2, ErrorCode::corrupt_file, "called on ", inputs.size(), " tensors, expected 2");
  check(c.axes.values.size() == 1 || c.axes.values.size() == 2, ErrorCode::corrupt_file,
        "axes must be one axis or two");
  return {batch_dot(inputs[0], inputs[1], c.axes.values.front(), c.axes.values.back(), c.normalize)};
}

constexpr LayerCase cases[] = {
    {R"({"axes": 1})", "float32[2,3] float32[2,3]"},
    {R"({"axes": [1, 2]})", "float32[2,3,5] float32[2,4,3]"},
    {R"({"axes": -1, "normalize": true})", "float32[2,3,5] float32[2,4,5]"},
    {R"({"axes": [2, 1]})", "float32[2,3,5] float32[2,5]"},
    {R"({"axes": [1, 1], "normalize": true})", "float32[2,5] float32[2,5]"},
};

}  // namespace
extern const LayerDef layer_dot = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "Dot", .masking = Masking::drops, .cases = cases});
}  // namespace keratin
