#include <algorithm>

#include "runtime/core/shape.h"
#include "runtime/keras/spatial.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  Axes axis;
  double epsilon;

  template <class V>
  void describe(V& v) {
    v("axis", axis, -1);
    v("epsilon", epsilon, 1e-6);
  }
};

ir::Ints axes_of(const Config& c, std::size_t rank) {
  ir::Ints axes;
  for (std::int64_t axis : c.axis.values) axes.push_back(normalize_axis(axis, rank));
  std::sort(axes.begin(), axes.end());
  check(!axes.empty() && std::adjacent_find(axes.begin(), axes.end()) == axes.end(), ErrorCode::corrupt_file,
        "axis must name different axes, at least one");
  return axes;
}

void build(BuildContext& cx, const Config& c) {
  Shape shape;
  for (std::int64_t axis : axes_of(c, cx.input().rank())) shape.push_back(cx.known(0, axis));
  cx.add_weight("scale", std::move(shape), "ones");
}

ir::Values lower(LowerContext& cx, const Config& c) {
  const DType wide = cx.input().dtype() == DType::float64 ? DType::float64 : DType::float32;
  const ir::Value x = ir::cast(cx.input(), wide), scale = ir::cast(cx.weight("scale"), wide);
  return {ir::cast(ir::rms_norm(x, scale, axes_of(c, x.rank()), c.epsilon), cx.compute_dtype())};
}

constexpr LayerCase cases[] = {
    {R"({})", "float32[2,5]"},
    {R"({"axis": -1, "epsilon": 0.001})", "float32[2,3,4]"},
    {R"({"dtype": "mixed_bfloat16"})", "float32[2,3,4]"},
};

}  // namespace
extern const LayerDef layer_rms_normalization =
    define_layer<Config, build, lower>({.class_name = "RMSNormalization", .cases = cases});
}  // namespace keratin
