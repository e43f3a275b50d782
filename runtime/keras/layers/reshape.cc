#include "runtime/core/error.h"
#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"
#include "runtime/keras/shapes.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  std::vector<std::int64_t> target_shape;

  template <class V>
  void describe(V& v) {
    v("target_shape", target_shape);
  }
};

ir::Values lower(LowerContext& cx, const Config& c) {
  const ir::Value x = cx.input();
  check(x.rank() > 0, ErrorCode::corrupt_file, "a scalar has no batch");
  const ir::Dims inner(x.shape().begin() + 1, x.shape().end());
  ir::Dims shape = resolved_shape(ir::product(inner), c.target_shape);
  shape.insert(shape.begin(), x.shape()[0]);
  return {ir::reshape(x, shape)};
}

constexpr LayerCase cases[] = {
    {R"({"target_shape": [6, 2]})", "float32[2,3,4]"},
    {R"({"target_shape": [-1, 2]})", "float32[2,3,4]"},
    {R"({"target_shape": [-1]})", "int32[2,3,4]"},
    {R"({"target_shape": []})", "float32[3,1]"},
};

}  // namespace
extern const LayerDef layer_reshape = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "Reshape", .masking = Masking::drops, .cases = cases});
}  // namespace keratin
