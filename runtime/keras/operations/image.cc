// keras.ops.image, and blocks between space and depth.
#include "runtime/core/error.h"
#include "runtime/keras/images.h"
#include "runtime/keras/operands.h"
#include "runtime/keras/promote.h"

namespace keratin {
namespace {

using namespace keras;
using ir::Value;
using ir::Values;

DataFormat format_of(const Operands& in) {
  const Json* found = in.find("data_format");
  return found ? ConfigValue<DataFormat>::read(*found) : DataFormat::channels_last;
}
// An image or a batch of images as (N, H, W, C), and the way back.
struct Images {
  Value x;
  DataFormat format;
  bool single;
  Images(const Operands& in, const char* name = "images") : x(in.tensor(name, 0)), format(format_of(in)) {
    single = x.rank() == 3;
    if (single) x = ir::expand_dims(x, 0);
    check(x.rank() == 4, ErrorCode::corrupt_file, "wants one image or a batch of them, got ",
          ir::to_string(x.type()));
    x = to_channels_last(x, format);
  }
  Value back(Value y) const {
    y = from_channels_last(y, format);
    return single ? ir::squeeze(y, 0) : y;
  }
};
ir::Ints two(const Operands& in, const char* name, ir::Ints fallback) {
  ir::Ints found = in.ints(name).value_or(fallback);
  if (found.size() == 1) found.push_back(found[0]);
  check(found.size() == 2 && found[0] > 0 && found[1] > 0, ErrorCode::corrupt_file, name,
        " must be one or two positive numbers");
  return found;
}

Values resize(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Images images(in);
  const ir::Ints size = two(in, "size", {});
  const std::string method = in.text("interpolation", "bilinear");
  check_interpolation(method);
  Value x = images.x;
  if (in.flag("crop_to_aspect_ratio", false)) x = crop_to_aspect(x, size[0], size[1]);
  if (in.flag("pad_to_aspect_ratio", false)) x = pad_to_aspect(x, size[0], size[1], in.real("fill_value", 0));
  return {images.back(
      resize_image(x, {ir::Dim(size[0]), ir::Dim(size[1])}, method, in.flag("antialias", false)))};
}
Values extract_patches(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Images images(in);
  const ir::Ints size = two(in, "size", {}), strides = two(in, "strides", size),
                 dilation = two(in, "dilation_rate", {1});
  const Padding padding = ConfigValue<Padding>::read(Json(in.text("padding", "valid")));
  const Pads pads = pads_of(images.x, padding, size, strides, dilation);
  return {images.back(ir::extract_patches(
      images.x, {.strides = strides, .low = pads.low, .high = pads.high, .dilation = dilation}, size))};
}
// Margins of (top, bottom) and (left, right): given ones, or what is missing to the target.
std::pair<std::int64_t, std::int64_t> margins(const Operands& in, const std::string& kind, const char* first,
                                              const char* second, const char* target, const ir::Dim& size,
                                              int sign) {
  auto given = [&](const char* side) { return in.ints((std::string(side) + kind).c_str()); };
  const auto low = given(first), high = given(second), wanted = in.ints(target);
  if (!wanted) return {low ? low->at(0) : 0, high ? high->at(0) : 0};
  const std::int64_t total = sign * (wanted->at(0) - size.value());
  if (low) return {low->at(0), total - low->at(0)};
  if (high) return {total - high->at(0), high->at(0)};
  return {total / 2, total - total / 2};
}
// sign 1 pads, -1 crops.
Values framed(LowerContext& cx, const Json& config, const char* kind, int sign) {
  const Operands in(cx, config);
  const Images images(in);
  const auto [top, bottom] = margins(in, kind, "top_", "bottom_", "target_height", images.x.shape()[1], sign);
  const auto [left, right] = margins(in, kind, "left_", "right_", "target_width", images.x.shape()[2], sign);
  check(top >= 0 && bottom >= 0 && left >= 0 && right >= 0, ErrorCode::corrupt_file,
        "the target doesn't fit the image");
  return {
      images.back(ir::pad(images.x, {0, sign * top, sign * left, 0}, {0, sign * bottom, sign * right, 0}))};
}
Values pad_images(LowerContext& cx, const Json& config) { return framed(cx, config, "padding", 1); }
Values crop_images(LowerContext& cx, const Json& config) { return framed(cx, config, "cropping", -1); }

Values rgb_to_grayscale(LowerContext& cx, const Json& config) {
  const Images images(Operands(cx, config));
  if (images.x.shape()[3] == ir::Dim(1)) return {images.back(images.x)};
  check(images.x.shape()[3] == ir::Dim(3), ErrorCode::corrupt_file, "wants 1 or 3 channels, got ",
        ir::to_string(images.x.type()));
  const Value x = to_float(images.x);
  const Value weights =
      constant_of(cx.graph(), Json(Json::Array{Json(0.2989), Json(0.5870), Json(0.1140)}), x.dtype());
  return {images.back(ir::cast(ir::dot(x, ir::expand_dims(weights, 1)), images.x.dtype()))};
}

// Blocks of channels become squares of pixels, rows first.
Values depth_to_space(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Images images(in, "x");
  const std::int64_t b = in.integer("block_size", 0, 1);
  const ir::Dims s = images.x.shape();
  check(b > 0, ErrorCode::corrupt_file, "block_size ", b, ": expected a positive number");
  const auto depth = exact_div(s[3], ir::Dim(b * b));
  check(depth.has_value(), ErrorCode::corrupt_file, "channels of ", ir::to_string(images.x.type()),
        " can't be divided by ", b * b);
  Value y = ir::reshape(images.x, {s[0], s[1], s[2], ir::Dim(b), ir::Dim(b), *depth});
  y = ir::transpose(y, {0, 1, 3, 2, 4, 5});
  return {images.back(ir::reshape(y, {s[0], s[1] * ir::Dim(b), s[2] * ir::Dim(b), *depth}))};
}
Values space_to_depth(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Images images(in, "x");
  const std::int64_t b = in.integer("block_size", 0, 1);
  const ir::Dims s = images.x.shape();
  check(b > 0, ErrorCode::corrupt_file, "block_size ", b, ": expected a positive number");
  const auto rows = exact_div(s[1], ir::Dim(b)), columns = exact_div(s[2], ir::Dim(b));
  check(rows && columns, ErrorCode::corrupt_file, "the sides of ", ir::to_string(images.x.type()),
        " can't be divided by ", b);
  Value y = ir::reshape(images.x, {s[0], *rows, ir::Dim(b), *columns, ir::Dim(b), s[3]});
  y = ir::transpose(y, {0, 1, 3, 2, 4, 5});
  return {images.back(ir::reshape(y, {s[0], *rows, *columns, s[3] * ir::Dim(b * b)}))};
}

constexpr OperationDef rows[] = {
    {"Resize", resize},
    {"ExtractPatches", extract_patches},
    {"PadImages", pad_images},
    {"CropImages", crop_images},
    {"RGBToGrayscale", rgb_to_grayscale},
    {"DepthToSpace", depth_to_space},
    {"SpaceToDepth", space_to_depth},
};

constexpr OperationCase cases[] = {
    {"Resize", "image", R"({"size": [6, 5]})", R"(["float32[2,3,4,3]"])"},
    {"Resize", "image", R"({"size": [6, 5], "interpolation": "nearest", "data_format": "channels_first"})",
     R"(["float32[2,3,4,3]"])"},
    {"ExtractPatches", "image", R"({"size": [2, 2]})", R"(["float32[2,5,4,3]"])"},
    {"ExtractPatches", "image", R"({"size": [2, 3], "strides": 1, "padding": "same"})",
     R"(["float32[2,5,4,3]"])"},
    {"PadImages", "image", R"({"top_padding": 1, "left_padding": 2, "target_height": 8, "target_width": 9})",
     R"(["float32[2,5,4,3]"])"},
    {"CropImages", "image",
     R"({"top_cropping": 1, "left_cropping": 1, "target_height": 2, "target_width": 2})",
     R"(["float32[2,5,4,3]"])"},
    {"RGBToGrayscale", "image", R"({})", R"(["float32[2,5,4,3]"])"},
    {"DepthToSpace", "nn", R"({"block_size": 2})", R"(["float32[2,3,2,8]"])"},
    {"SpaceToDepth", "nn", R"({"block_size": 2})", R"(["float32[2,4,6,3]"])"},
    {"DepthToSpace", "nn", R"({"block_size": 2, "data_format": "channels_first"})",
     R"(["float32[2,8,3,2]"])"},
};

}  // namespace
extern const OperationFamily operations_image{rows, cases};
}  // namespace keratin
