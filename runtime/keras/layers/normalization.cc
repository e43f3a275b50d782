#include <algorithm>

#include "runtime/core/shape.h"
#include "runtime/keras/numbers.h"
#include "runtime/keras/spatial.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  Json axis;
  bool invert;
  Json mean, variance;

  template <class V>
  void describe(V& v) {
    v("axis", axis, -1);
    if (axis.is_integer()) axis = Json::Array{axis};  // as Keras writes it
    v("invert", invert, false);
    v("mean", mean, nullptr);
    v("variance", variance, nullptr);
  }
};

// The axes that keep statistics of their own, ascending; null: none.
ir::Ints kept_axes(const Config& c, std::size_t rank) {
  ir::Ints axes;
  if (c.axis.is_array())
    for (const Json& axis : c.axis.as_array()) axes.push_back(normalize_axis(axis.as_integer(), rank));
  else
    check(c.axis.is_null(), ErrorCode::corrupt_file, "axis is neither a list nor null");
  std::sort(axes.begin(), axes.end());
  check(std::adjacent_find(axes.begin(), axes.end()) == axes.end(), ErrorCode::corrupt_file,
        "an axis is named twice");
  return axes;
}

void build(BuildContext& cx, const Config& c) {
  check(c.mean.is_null() == c.variance.is_null(), ErrorCode::corrupt_file,
        "mean and variance must be given together");
  const ir::Ints axes = kept_axes(c, cx.input().rank());
  if (!c.mean.is_null()) {
    const Numbers mean = read_numbers(c.mean), variance = read_numbers(c.variance);
    check(mean.shape == variance.shape && mean.shape.size() <= axes.size(), ErrorCode::corrupt_file,
          "mean and variance of shapes ", to_string(mean.shape), " and ", to_string(variance.shape),
          ": expected equal ones with no more axes than are kept");
    return;
  }
  Shape shape;
  for (std::int64_t axis : axes) shape.push_back(cx.known(0, axis));
  cx.add_weight("mean", shape, "zeros", {.trainable = false});
  cx.add_weight("variance", shape, "ones", {.trainable = false});
  cx.add_weight("count", {}, "zeros", {.trainable = false, .dtype = DType::int32});
}

// Numbers of the config, their axes being the last of the kept ones; or the weight of that name.
ir::Value statistic(LowerContext& cx, const Json& given, const char* name, ir::Value x,
                    const ir::Ints& axes) {
  ir::Dims shape(x.rank(), ir::Dim(1));
  if (given.is_null()) {
    for (std::int64_t axis : axes)
      shape[static_cast<std::size_t>(axis)] = x.shape()[static_cast<std::size_t>(axis)];
    return ir::reshape(cx.weight(name), shape);
  }
  const Numbers numbers = read_numbers(given);
  const std::size_t first = axes.size() - numbers.shape.size();
  for (std::size_t i = 0; i < numbers.shape.size(); ++i)
    shape[static_cast<std::size_t>(axes[first + i])] = numbers.shape[i];
  return ir::reshape(ir::constant(cx.graph(), to_tensor(numbers, x.dtype())), shape);
}

ir::Values lower(LowerContext& cx, const Config& c) {
  const ir::Value x = ir::cast(cx.input(), cx.compute_dtype());
  const ir::Ints axes = kept_axes(c, x.rank());
  const ir::Value mean = statistic(cx, c.mean, "mean", x, axes);
  const ir::Value deviation =
      ir::maximum(ir::sqrt(statistic(cx, c.variance, "variance", x, axes)), ir::constant_like(x, 1e-7));
  return {c.invert ? mean + x * deviation : (x - mean) / deviation};
}

constexpr LayerCase cases[] = {
    {R"({})", "float32[3,4]"},
    {R"({"axis": [1, -1]})", "float32[2,3,4]"},
    {R"({"axis": null})", "float32[2,3]"},
    {R"({"mean": 0.5, "variance": 2.0})", "float32[2,3]"},
    {R"({"mean": [0.5, 1.0, -1.0], "variance": [2.0, 0.5, 1.0], "invert": true})", "float32[2,4,3]"},
    {R"({"axis": 1, "mean": [0.5, 1.0], "variance": [2.0, 0.5]})", "float32[3,2,4]"},
    {R"({"axis": -1})", "int32[3,4]"},
};

}  // namespace
extern const LayerDef layer_normalization = define_layer<Config, build, lower>(
    {.class_name = "Normalization", .masking = Masking::passes, .cases = cases});
}  // namespace keratin
