// keras.ops.nn: windows, convolutions and norms.
#include "runtime/core/error.h"
#include "runtime/ir/build_nn.h"
#include "runtime/keras/operands.h"
#include "runtime/keras/promote.h"
#include "runtime/keras/spatial.h"

namespace keratin {
namespace {

using namespace keras;
using ir::Value;
using ir::Values;

DataFormat format_of(const Operands& in) {
  const Json* found = in.find("data_format");
  return found ? ConfigValue<DataFormat>::read(*found) : DataFormat::channels_last;
}
ir::Ints per_axis(const Operands& in, const char* name, std::size_t rank, ir::Ints fallback) {
  ir::Ints found = in.ints(name).value_or(fallback);
  if (found.size() == 1) found.assign(rank, found[0]);
  check(found.size() == rank, ErrorCode::corrupt_file, name, " has ", found.size(), " values, expected ",
        rank);
  for (std::int64_t value : found) check(value > 0, ErrorCode::corrupt_file, name, " must be positive");
  return found;
}
std::size_t spatial_rank(Value x) {
  check(x.rank() >= 3 && x.rank() <= 5, ErrorCode::corrupt_file, "wants one to three spatial axes, got ",
        ir::to_string(x.type()));
  return x.rank() - 2;
}
Padding padding_of(const Operands& in) {
  return ConfigValue<Padding>::read(Json(in.text("padding", "valid")));
}

template <bool max>
Values pool(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const DataFormat format = format_of(in);
  const Value x = to_channels_last(in.tensor("inputs", 0), format);
  const std::size_t rank = spatial_rank(x);
  const ir::Ints window = per_axis(in, "pool_size", rank, {}),
                 strides = per_axis(in, "strides", rank, window);
  const Pads pads = pads_of(x, padding_of(in), window, strides);
  const ir::WindowAxes axes = {window, strides, pads.low, pads.high};
  return {from_channels_last(max ? ir::reduce_window("max", x, axes) : ir::average_pool(x, axes), format)};
}

// The kernel's last axes are (channels, filters), or (channels, multiplier) of a depthwise convolution.
template <bool depthwise>
Values convolution(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const DataFormat format = format_of(in);
  const Values both = promoted({in.tensor("inputs", 0), in.tensor("kernel", 1)});
  const Value x = to_channels_last(both[0], format);
  Value w = both[1];
  const std::size_t rank = spatial_rank(x);
  check(w.rank() == x.rank(), ErrorCode::corrupt_file, "the kernel ", ir::to_string(w.type()),
        " doesn't fit ", ir::to_string(x.type()));
  const std::int64_t channels = x.shape().back().value();
  ir::Ints window;
  for (std::size_t i = 0; i < rank; ++i) window.push_back(w.shape()[i].value());
  if (depthwise) {
    ir::Dims shape(w.shape().begin(), w.shape().end() - 2);
    shape.insert(shape.end(), {ir::Dim(1), w.shape()[rank] * w.shape()[rank + 1]});
    w = ir::reshape(w, shape);
  }
  const std::int64_t inputs = w.shape()[rank].value();
  check(inputs > 0 && channels % inputs == 0, ErrorCode::corrupt_file, "the kernel takes ", inputs,
        " channels of ", channels);
  const ir::Ints strides = per_axis(in, "strides", rank, {1}),
                 dilation = per_axis(in, "dilation_rate", rank, {1});
  const Pads pads = pads_of(x, padding_of(in), window, strides, dilation);
  return {from_channels_last(ir::convolution(x, w,
                                             {.strides = strides,
                                              .low = pads.low,
                                              .high = pads.high,
                                              .dilation = dilation,
                                              .groups = channels / inputs}),
                             format)};
}

Values layer_norm(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = to_float(in.tensor("x", 0));
  const ir::Ints axes = in.find("axis") ? in.axes("axis", x) : ir::Ints{std::int64_t(x.rank()) - 1};
  check(!in.flag("rms_scaling", false), ErrorCode::unsupported, "rms_scaling of LayerNorm is not supported");
  return {ir::layer_norm(x, in.like(x, "gamma", 1), in.like(x, "beta", 2), axes, in.real("epsilon", 1e-7))};
}
Values rms_norm(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = to_float(in.tensor("x", 0));
  const ir::Ints axes = in.find("axis") ? in.axes("axis", x) : ir::Ints{std::int64_t(x.rank()) - 1};
  return {ir::rms_norm(x, in.like(x, "scale", 1), axes, in.real("epsilon", 1e-7))};
}
Values batch_norm(LowerContext& cx, const Json& config) {
  const Operands in(cx, config);
  const Value x = to_float(in.tensor("x", 0));
  const Value offset = in.like(x, "offset", 3), scale = in.like(x, "scale", 4);
  const Value mean = in.like(x, "mean", 1), variance = in.like(x, "variance", 2);
  check(mean && variance, ErrorCode::corrupt_file, "BatchNorm without mean or variance");
  return {ir::batch_norm(x, mean, variance, scale, offset, in.integer("axis", -1), in.real("epsilon", 1e-3))};
}

constexpr OperationDef rows[] = {
    {"MaxPool", pool<true>},      {"AveragePool", pool<false>},
    {"Conv", convolution<false>}, {"DepthwiseConv", convolution<true>},
    {"LayerNorm", layer_norm},    {"RMSNorm", rms_norm},
    {"BatchNorm", batch_norm},
};

constexpr OperationCase cases[] = {
    {"MaxPool", "nn", R"({"pool_size": 2})", R"(["float32[2,5,4,3]"])"},
    {"AveragePool", "nn", R"({"pool_size": 2, "strides": 1, "padding": "same"})", R"(["float32[2,5,4,3]"])"},
    {"Conv", "nn", R"({"strides": 2, "padding": "same"})", R"(["float32[2,5,4,4]", "float32[3,3,2,6]"])"},
    {"DepthwiseConv", "nn", R"({})", R"(["float32[2,5,4,3]", "float32[2,2,3,2]"])"},
    {"LayerNorm", "nn", R"({"axis": -1})", R"(["float32[2,3,4]", "float32[4]", "float32[4]"])"},
    {"RMSNorm", "nn", R"({"axis": -1})", R"(["float32[2,3,4]", "float32[4]"])"},
    {"BatchNorm", "nn", R"({"axis": -1})",
     R"(["float32[2,3,4]", "float32[4]", {"class_name": "__tensor__", "config": {"value": [1.0, 2.0, 0.5, 1.5], "dtype": "float32"}}, "float32[4]", "float32[4]"])"},
};

}  // namespace
extern const OperationFamily operations_nn{rows, cases};
}  // namespace keratin
