#include "runtime/keras/margins.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  Margins<3> padding;
  DataFormat data_format = DataFormat::channels_last;

  template <class V>
  void describe(V& v) {
    v("padding", padding, 1);
    v("data_format", data_format, nullptr);
  }
};

ir::Values lower(LowerContext& cx, const Config& c) {
  return {add_margins(cx.input(), c.data_format, c.padding.low, c.padding.high)};
}

constexpr Vintage vintages[] = {{"data_format", "dim_ordering", data_format_of_dim_ordering}};
constexpr LayerCase cases[] = {
    {R"({"padding": 1})", "float32[1,2,3,2,2]"},
    {R"({"padding": [[1, 0], [2, 1], [0, 3]]})", "float32[1,2,2,2,2]"},
    {R"({"padding": [1, 0, 2], "data_format": "channels_first"})", "float32[1,2,3,2,2]"},
};

}  // namespace
extern const LayerDef layer_zero_padding3d = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "ZeroPadding3D", .vintages = vintages, .cases = cases});
}  // namespace keratin
