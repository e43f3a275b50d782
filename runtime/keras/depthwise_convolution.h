// DepthwiseConv1D, DepthwiseConv2D, SeparableConv1D and SeparableConv2D: each channel has kernels of its own.
#pragma once

#include "runtime/keras/convolution.h"

namespace keratin::keras {

template <std::size_t rank>
struct DepthwiseConfig {
  std::int64_t depth_multiplier;
  PerAxis<rank> kernel_size, strides, dilation_rate;
  Padding padding;
  DataFormat data_format;
  Activation activation;
  bool use_bias;
  InitializerConfig depthwise_initializer, bias_initializer;
  Opaque depthwise_regularizer, bias_regularizer, activity_regularizer, depthwise_constraint, bias_constraint;

  template <class V>
  void describe(V& v) {
    v("kernel_size", kernel_size);
    v("depth_multiplier", depth_multiplier, std::int64_t(1));
    v("strides", strides, 1);
    v("padding", padding, "valid");
    v("data_format", data_format, nullptr);
    v("dilation_rate", dilation_rate, 1);
    v("activation", activation, "linear");
    v("use_bias", use_bias, true);
    v("depthwise_initializer", depthwise_initializer, "glorot_uniform");
    v("bias_initializer", bias_initializer, "zeros");
    v("depthwise_regularizer", depthwise_regularizer, nullptr);
    v("bias_regularizer", bias_regularizer, nullptr);
    v("activity_regularizer", activity_regularizer, nullptr);
    v("depthwise_constraint", depthwise_constraint, nullptr);
    v("bias_constraint", bias_constraint, nullptr);
    // what tf.keras inherited from Conv2D and never used
    for (const char* key : {"groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint"})
      v.dropped(key);
  }
};

template <std::size_t rank>
struct SeparableConfig : DepthwiseConfig<rank> {
  std::int64_t filters;
  InitializerConfig pointwise_initializer;
  Opaque pointwise_regularizer, pointwise_constraint;

  template <class V>
  void describe(V& v) {
    v("filters", filters);
    DepthwiseConfig<rank>::describe(v);
    v("pointwise_initializer", pointwise_initializer, "glorot_uniform");
    v("pointwise_regularizer", pointwise_regularizer, nullptr);
    v("pointwise_constraint", pointwise_constraint, nullptr);
  }
};

// Adds the depthwise kernel (spatial…, channels, multiplier); returns how many channels it makes.
template <std::size_t rank>
std::int64_t build_depthwise_kernel(BuildContext& cx, const char* name, const DepthwiseConfig<rank>& c) {
  check(c.depth_multiplier > 0 && c.depth_multiplier < (std::int64_t(1) << 31), ErrorCode::corrupt_file,
        "depth_multiplier ", c.depth_multiplier, ": expected a positive integer");
  check(c.padding != Padding::causal, ErrorCode::corrupt_file, "padding \"causal\" is for Conv1D alone");
  check_spatial(cx.input(), rank);
  const std::int64_t channels = cx.known(0, channel_axis(c.data_format));
  Shape shape = c.kernel_size.values;
  shape.insert(shape.end(), {channels, c.depth_multiplier});
  cx.add_weight(name, std::move(shape), c.depthwise_initializer.object);
  return channels * c.depth_multiplier;
}

template <std::size_t rank>
ir::Value depthwise(LowerContext& cx, const char* name, const DepthwiseConfig<rank>& c) {
  check_spatial(cx.input().type(), rank);
  const ir::Value x = to_channels_last(cx.input(), c.data_format), kernel = cx.weight(name);
  const Pads pads = pads_of(x, c.padding, c.kernel_size.values, c.strides.values, c.dilation_rate.values);
  // (spatial…, channels, multiplier) -> (spatial…, 1, channels · multiplier): one group per channel
  ir::Dims shape(kernel.shape().begin(), kernel.shape().end() - 2);
  shape.insert(shape.end(), {ir::Dim(1), kernel.shape()[rank] * kernel.shape()[rank + 1]});
  return ir::convolution(x, ir::reshape(kernel, shape),
                         {.strides = c.strides.values,
                          .low = pads.low,
                          .high = pads.high,
                          .dilation = c.dilation_rate.values,
                          .groups = kernel.shape()[rank].value()});
}

template <std::size_t rank>
void build_depthwise(BuildContext& cx, const DepthwiseConfig<rank>& c) {
  const std::int64_t out = build_depthwise_kernel(cx, "kernel", c);
  if (c.use_bias) cx.add_weight("bias", {out}, c.bias_initializer.object);
}

template <std::size_t rank>
ir::Values lower_depthwise(LowerContext& cx, const DepthwiseConfig<rank>& c) {
  return {finish_convolution(cx, depthwise(cx, "kernel", c), c.use_bias, c.data_format, c.activation)};
}

template <std::size_t rank>
void build_separable(BuildContext& cx, const SeparableConfig<rank>& c) {
  check(c.filters > 0, ErrorCode::corrupt_file, "filters ", c.filters, ": expected a positive integer");
  const std::int64_t between = build_depthwise_kernel(cx, "depthwise_kernel", c);
  Shape shape(rank, 1);
  shape.insert(shape.end(), {between, c.filters});
  cx.add_weight("pointwise_kernel", std::move(shape), c.pointwise_initializer.object);
  if (c.use_bias) cx.add_weight("bias", {c.filters}, c.bias_initializer.object);
}

template <std::size_t rank>
ir::Values lower_separable(LowerContext& cx, const SeparableConfig<rank>& c) {
  const ir::Value y = ir::convolution(depthwise(cx, "depthwise_kernel", c), cx.weight("pointwise_kernel"));
  return {finish_convolution(cx, y, c.use_bias, c.data_format, c.activation)};
}

}  // namespace keratin::keras
