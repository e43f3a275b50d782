#include "runtime/keras/margins.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  PerAxis<3> size;
  DataFormat data_format;

  template <class V>
  void describe(V& v) {
    v("size", size, 2);
    v("data_format", data_format, nullptr);
  }
};

ir::Values lower(LowerContext& cx, const Config& c) {
  return {repeat_elements(cx.input(), c.data_format, c.size.values)};
}

constexpr Vintage vintages[] = {{"data_format", "dim_ordering", data_format_of_dim_ordering}};
constexpr LayerCase cases[] = {
    {R"({})", "float32[1,2,1,2,2]"},
    {R"({"size": [1, 2, 3], "data_format": "channels_first"})", "float32[1,2,2,2,1]"},
};

}  // namespace
extern const LayerDef layer_up_sampling3d = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "UpSampling3D", .vintages = vintages, .cases = cases});
}  // namespace keratin
