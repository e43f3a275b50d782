#include "runtime/keras/images.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  std::int64_t height, width;
  std::string interpolation;
  bool crop_to_aspect_ratio, pad_to_aspect_ratio;
  std::string fill_mode;
  double fill_value;
  bool antialias;
  DataFormat data_format;

  template <class V>
  void describe(V& v) {
    v("height", height);
    v("width", width);
    v("interpolation", interpolation, "bilinear");
    v("crop_to_aspect_ratio", crop_to_aspect_ratio, false);
    v("pad_to_aspect_ratio", pad_to_aspect_ratio, false);
    v("fill_mode", fill_mode, "constant");
    v("fill_value", fill_value, 0.0);
    v("antialias", antialias, false);
    v("data_format", data_format, nullptr);
  }
};

void build(BuildContext& cx, const Config& c) {
  constexpr std::int64_t limit = std::int64_t(1) << 20;
  check(c.height > 0 && c.width > 0 && c.height < limit && c.width < limit, ErrorCode::corrupt_file, "size ",
        c.height, " x ", c.width, ": expected positive integers");
  check_interpolation(c.interpolation);
  check(c.fill_mode == "constant", ErrorCode::corrupt_file, "fill_mode \"", c.fill_mode,
        "\": expected constant");
  check(!c.crop_to_aspect_ratio || !c.pad_to_aspect_ratio, ErrorCode::corrupt_file,
        "crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other");
  const std::size_t rank = cx.input().rank();
  check(rank == 3 || rank == 4, ErrorCode::corrupt_file, "input of shape ", ir::to_string(cx.input().shape),
        ": expected images, one or a batch");
}

ir::Values lower(LowerContext& cx, const Config& c) {
  const bool one = cx.input().rank() == 3;
  ir::Value x = to_channels_last(one ? ir::expand_dims(cx.input(), 0) : cx.input(), c.data_format);
  if (c.crop_to_aspect_ratio) x = crop_to_aspect(x, c.height, c.width);
  if (c.pad_to_aspect_ratio) x = pad_to_aspect(x, c.height, c.width, c.fill_value);
  const ir::Value y =
      from_channels_last(resize_image(x, {c.height, c.width}, c.interpolation, c.antialias), c.data_format);
  return {one ? ir::squeeze(y, 0) : y};
}

constexpr LayerCase cases[] = {
    {R"({"height": 4, "width": 5})", "float32[2,3,3,2]"},
    {R"({"height": 2, "width": 3, "interpolation": "nearest"})", "float32[5,4,2]"},
    {R"({"height": 3, "width": 2, "interpolation": "bicubic", "data_format": "channels_first"})",
     "float32[1,2,5,4]"},
    {R"({"height": 3, "width": 3, "antialias": true})", "float32[1,8,7,1]"},
    {R"({"height": 4, "width": 4, "crop_to_aspect_ratio": true})", "float32[1,3,6,2]"},
    {R"({"height": 4, "width": 4, "pad_to_aspect_ratio": true, "fill_value": 0.5})", "float32[1,3,6,2]"},
    {R"({"height": 5, "width": 4})", "uint8[1,3,3,2]"},
    {R"({"height": 3, "width": 3, "interpolation": "lanczos5", "antialias": true})", "float32[1,6,7,1]"},
    {R"({"height": 3, "width": 2, "interpolation": "area"})", "float32[1,6,6,1]"},
};

}  // namespace
extern const LayerDef layer_resizing =
    define_layer<Config, build, lower>({.class_name = "Resizing", .cases = cases});
}  // namespace keratin
