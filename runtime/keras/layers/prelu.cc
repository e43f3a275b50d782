#include "runtime/core/error.h"
#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  InitializerConfig alpha_initializer;
  Opaque alpha_regularizer, alpha_constraint;
  std::optional<Axes> shared_axes;

  template <class V>
  void describe(V& v) {
    v("alpha_initializer", alpha_initializer, "zeros");
    v("alpha_regularizer", alpha_regularizer, nullptr);
    v("alpha_constraint", alpha_constraint, nullptr);
    v("shared_axes", shared_axes, nullptr);
  }
};

void build(BuildContext& cx, const Config& c) {
  const auto rank = static_cast<std::int64_t>(cx.input().rank());
  std::vector<bool> shared(cx.input().rank(), false);
  if (c.shared_axes)
    for (std::int64_t axis : c.shared_axes->values) {
      check(axis > 0 && axis < rank, ErrorCode::corrupt_file, "shared_axes: axis ", axis,
            " is outside of 1 … ", rank - 1);
      shared[static_cast<std::size_t>(axis)] = true;
    }
  Shape shape;
  for (std::int64_t axis = 1; axis < rank; ++axis)
    shape.push_back(shared[static_cast<std::size_t>(axis)] ? 1 : cx.known(0, axis));
  cx.add_weight("alpha", shape, c.alpha_initializer.object);
}

ir::Values lower(LowerContext& cx, const Config&) {
  const ir::Value x = cx.input();
  return {ir::unary("relu", x) - cx.weight("alpha") * ir::unary("relu", -x)};
}

constexpr Vintage vintages[] = {{"alpha_initializer", "init"}};
constexpr LayerCase cases[] = {
    {R"({})", "float32[2,5]"},
    {R"({"shared_axes": [1, 2]})", "float32[2,3,4,5]"},
    {R"({"alpha_initializer": "ones", "shared_axes": [1]})", "float32[2,3,4]"},
};

}  // namespace
extern const LayerDef layer_prelu = define_layer<Config, build, lower>(
    {.class_name = "PReLU", .masking = Masking::passes, .vintages = vintages, .cases = cases});
}  // namespace keratin
