#include "runtime/keras/numbers.h"
#include "runtime/keras/spatial.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  Json scale, offset;

  template <class V>
  void describe(V& v) {
    v("scale", scale);
    v("offset", offset, 0.0);
  }
};

void build(BuildContext&, const Config& c) {
  read_numbers(c.scale);
  read_numbers(c.offset);
}

ir::Values lower(LowerContext& cx, const Config& c) {
  const DType dtype = cx.compute_dtype();
  const ir::Value scale = ir::constant(cx.graph(), to_tensor(read_numbers(c.scale), dtype));
  const ir::Value offset = ir::constant(cx.graph(), to_tensor(read_numbers(c.offset), dtype));
  return {ir::cast(cx.input(), dtype) * scale + offset};
}

constexpr LayerCase cases[] = {
    {R"({"scale": 0.5, "offset": 0.0})", "float32[2,3]"},
    {R"({"scale": 0.00392156862745098, "offset": -1.0})", "uint8[2,3,2]"},
    {R"({"scale": [0.5, 2.0], "offset": [1.0, -1.0]})", "float32[2,3,2]"},
    {R"({"scale": 2, "offset": 0.0, "dtype": "float16"})", "int32[2,3]"},
};

}  // namespace
extern const LayerDef layer_rescaling = define_layer<Config, build, lower>(
    {.class_name = "Rescaling", .masking = Masking::passes, .cases = cases});
}  // namespace keratin
