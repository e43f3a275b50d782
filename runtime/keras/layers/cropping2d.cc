#include "runtime/keras/margins.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  Margins<2> cropping;
  DataFormat data_format = DataFormat::channels_last;

  template <class V>
  void describe(V& v) {
    v("cropping", cropping, 1);
    v("data_format", data_format, nullptr);
  }
};

ir::Values lower(LowerContext& cx, const Config& c) {
  return {remove_margins(cx.input(), c.data_format, c.cropping.low, c.cropping.high)};
}

constexpr Vintage vintages[] = {{"data_format", "dim_ordering", data_format_of_dim_ordering}};
constexpr LayerCase cases[] = {
    {R"({"cropping": 1})", "float32[2,5,4,2]"},
    {R"({"cropping": [1, 0]})", "float32[1,3,2,2]"},
    {R"({"cropping": [[1, 0], [2, 3]]})", "float32[1,3,7,2]"},
    {R"({"cropping": [[1, 0], [0, 1]], "data_format": "channels_first"})", "float32[1,2,3,2]"},
};

}  // namespace
extern const LayerDef layer_cropping2d = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "Cropping2D", .vintages = vintages, .cases = cases});
}  // namespace keratin
