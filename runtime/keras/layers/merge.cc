#include "runtime/core/error.h"
#include "runtime/keras/lower.h"
#include "runtime/keras/merging.h"

namespace keratin {
namespace {

using namespace keras;

// Keras 1: one layer for all ways of merging.
struct Config {
  std::string mode;
  std::int64_t concat_axis;
  std::optional<Json> dot_axes;

  template <class V>
  void describe(V& v) {
    v("mode", mode, "sum");
    v("concat_axis", concat_axis, -1);
    v("dot_axes", dot_axes, -1);
    for (const char* key : {"mode_type", "output_shape_type", "output_mask_type"}) v.ignored(key, "raw");
    v.ignored("output_shape", nullptr);
    v.ignored("output_mask", nullptr);
    v.ignored("arguments", Json(Json::Object{}));
  }
};

std::pair<std::int64_t, std::int64_t> dot_axes(const Json& axes) {
  if (!axes.is_array()) return {axes.as_integer(), axes.as_integer()};
  auto one = [](const Json& axis) {
    const bool single = !axis.is_array() || axis.as_array().size() == 1;
    check(single, ErrorCode::unsupported, "dot over several axes is not supported");
    return axis.is_array() ? axis.as_array()[0].as_integer() : axis.as_integer();
  };
  check(axes.as_array().size() == 2, ErrorCode::corrupt_file, "dot_axes must name one axis or two");
  return {one(axes.as_array()[0]), one(axes.as_array()[1])};
}

struct Mode {
  const char* name;
  ir::Values (*lower)(LowerContext& cx, const Config& c);
};
ir::Value product(const ir::Values& inputs) {
  ir::Value result = inputs[0];
  for (std::size_t i = 1; i < inputs.size(); ++i) result = result * inputs[i];
  return result;
}
ir::Values dot(LowerContext& cx, const Config& c, bool normalize) {
  const ir::Values inputs = promoted(cx.inputs());
  check(inputs.size() == 2, ErrorCode::corrupt_file, "called on ", inputs.size(), " tensors, expected 2");
  const auto [a, b] = dot_axes(c.dot_axes ? *c.dot_axes : Json(-1));
  return {batch_dot(inputs[0], inputs[1], a, b, normalize)};
}
constexpr Mode modes[] = {
    {"sum", [](LowerContext& cx, const Config&) { return ir::Values{merge_sum(merge_inputs(cx))}; }},
    {"mul", [](LowerContext& cx, const Config&) { return ir::Values{product(merge_inputs(cx))}; }},
    {"ave",
     [](LowerContext& cx, const Config&) {
       const ir::Values inputs = merge_inputs(cx);
       return ir::Values{to_float(merge_sum(inputs)) / static_cast<double>(inputs.size())};
     }},
    {"max", [](LowerContext& cx, const Config&) { return ir::Values{merge_extreme(cx, "maximum")}; }},
    {"concat",
     [](LowerContext& cx, const Config& c) {
       const ir::Values inputs = promoted(cx.inputs());
       concatenate_masks(cx, inputs, c.concat_axis);
       return ir::Values{ir::concatenate(inputs, c.concat_axis)};
     }},
    {"dot", [](LowerContext& cx, const Config& c) { return dot(cx, c, false); }},
    {"cos", [](LowerContext& cx, const Config& c) { return dot(cx, c, true); }},
};

ir::Values lower(LowerContext& cx, const Config& c) {
  if (c.mode == "sum" || c.mode == "mul" || c.mode == "ave") merge_masks(cx);
  for (const Mode& mode : modes)
    if (c.mode == mode.name) return mode.lower(cx, c);
  fail(ErrorCode::unsupported, "mode \"", c.mode,
       "\" is not one of sum, mul, ave, max, concat, dot, cos: a Merge with a ",
       "function can't be read from a file; register the layer with CustomObjects");
}

}  // namespace
extern const LayerDef layer_merge = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "Merge", .masking = Masking::handles, .in_keras_3 = false});
}  // namespace keratin
