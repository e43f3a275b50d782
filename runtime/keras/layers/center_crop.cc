#include "runtime/keras/images.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  std::int64_t height, width;
  DataFormat data_format;

  template <class V>
  void describe(V& v) {
    v("height", height);
    v("width", width);
    v("data_format", data_format, nullptr);
  }
};

void build(BuildContext& cx, const Config& c) {
  constexpr std::int64_t limit = std::int64_t(1) << 20;
  check(c.height > 0 && c.width > 0 && c.height < limit && c.width < limit, ErrorCode::corrupt_file, "size ",
        c.height, " x ", c.width, ": expected positive integers");
  const std::size_t rank = cx.input().rank();
  check(rank == 3 || rank == 4, ErrorCode::corrupt_file, "input of shape ", ir::to_string(cx.input().shape),
        ": expected images, one or a batch");
}

bool is_smaller(const ir::Dim& size, std::int64_t wanted) {
  return size.is_constant() && size.value() < wanted;
}

// Images that are too small are cropped to the aspect ratio and enlarged.
ir::Values lower(LowerContext& cx, const Config& c) {
  ir::Value x = ir::cast(cx.input(), cx.compute_dtype());
  const bool one = x.rank() == 3;
  x = to_channels_last(one ? ir::expand_dims(x, 0) : x, c.data_format);
  const ir::Dim height = x.shape()[1], width = x.shape()[2];
  if (is_smaller(height, c.height) || is_smaller(width, c.width)) {
    x = resize_image(crop_to_aspect(x, c.height, c.width), {c.height, c.width}, "bilinear", false);
  } else {
    const ir::Dim top = floor_div(height - c.height, 2), left = floor_div(width - c.width, 2);
    x = ir::slice_axis(ir::slice_axis(x, 1, top, top + c.height), 2, left, left + c.width);
  }
  x = from_channels_last(x, c.data_format);
  return {one ? ir::squeeze(x, 0) : x};
}

constexpr LayerCase cases[] = {
    {R"({"height": 2, "width": 3})", "float32[2,5,6,2]"},
    {R"({"height": 3, "width": 3, "data_format": "channels_first"})", "float32[1,2,4,3]"},
    {R"({"height": 4, "width": 3})", "float32[1,3,5,2]"},
    {R"({"height": 2, "width": 2})", "uint8[3,5,1]"},
};

}  // namespace
extern const LayerDef layer_center_crop =
    define_layer<Config, build, lower>({.class_name = "CenterCrop", .cases = cases});
}  // namespace keratin
