#include "runtime/keras/images.h"
#include "runtime/keras/margins.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  PerAxis<2> size;
  DataFormat data_format;
  std::string interpolation;

  template <class V>
  void describe(V& v) {
    v("size", size, 2);
    v("data_format", data_format, nullptr);
    v("interpolation", interpolation, "nearest");
  }
};

ir::Values lower(LowerContext& cx, const Config& c) {
  if (c.interpolation == "nearest") return {repeat_elements(cx.input(), c.data_format, c.size.values)};
  check_interpolation(c.interpolation);
  check_spatial(cx.input().type(), 2);
  const ir::Value x = to_channels_last(cx.input(), c.data_format);
  const ir::Dims size = {x.shape()[1] * c.size.values[0], x.shape()[2] * c.size.values[1]};
  return {from_channels_last(resize_image(x, size, c.interpolation, false), c.data_format)};
}

constexpr Vintage vintages[] = {{"data_format", "dim_ordering", data_format_of_dim_ordering}};
constexpr LayerCase cases[] = {
    {R"({})", "float32[2,2,3,2]"},
    {R"({"size": [1, 3], "data_format": "channels_first"})", "float32[1,2,2,3]"},
    {R"({"size": [2, 3], "interpolation": "bilinear"})", "float32[1,3,2,2]"},
    {R"({"interpolation": "bicubic"})", "float32[1,4,4,1]"},
    {R"({"interpolation": "lanczos3", "data_format": "channels_first"})", "float32[1,1,4,3]"},
    {R"({"interpolation": "bilinear", "dtype": "float16"})", "float16[1,2,2,1]"},
};

}  // namespace
extern const LayerDef layer_up_sampling2d = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "UpSampling2D", .vintages = vintages, .cases = cases});
}  // namespace keratin
