// Config, weights and lowering of Conv1D, Conv2D and Conv3D: the rank is the layer's.
#pragma once

#include "runtime/keras/lora.h"
#include "runtime/keras/old_weights.h"
#include "runtime/keras/spatial.h"

namespace keratin::keras {

template <std::size_t rank>
struct ConvolutionConfig {
  std::int64_t filters, groups;
  PerAxis<rank> kernel_size, strides, dilation_rate;
  Padding padding;
  DataFormat data_format;
  Activation activation;
  bool use_bias;
  InitializerConfig kernel_initializer, bias_initializer;
  Opaque kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint;
  std::optional<std::int64_t> lora_rank;
  std::optional<Number> lora_alpha;

  template <class V>
  void describe(V& v) {
    v("filters", filters);
    v("kernel_size", kernel_size);
    v("strides", strides, 1);
    v("padding", padding, "valid");
    v("data_format", data_format, nullptr);
    v("dilation_rate", dilation_rate, 1);
    v("groups", groups, std::int64_t(1));
    v("activation", activation, "linear");
    v("use_bias", use_bias, true);
    v("kernel_initializer", kernel_initializer, "glorot_uniform");
    v("bias_initializer", bias_initializer, "zeros");
    v("kernel_regularizer", kernel_regularizer, nullptr);
    v("bias_regularizer", bias_regularizer, nullptr);
    v("activity_regularizer", activity_regularizer, nullptr);
    v("kernel_constraint", kernel_constraint, nullptr);
    v("bias_constraint", bias_constraint, nullptr);
    v.optional("lora_rank", lora_rank);
    v.optional("lora_alpha", lora_alpha);
  }
};

// Kernels as Keras 1 and Theano laid them out.
template <class Config, std::size_t rank, bool transposed = false>
void convert_old_kernel(const Layer& layer, OldWeights& old) {
  const bool channels_first = layer.config_as<Config>().data_format == DataFormat::channels_first;
  if (!layer.weights.empty())
    convert_kernel(old, {rank, channels_first, transposed, layer.weights[0].variable->shape()});
}

// The bias (if used) and the activation, with the axes back in their places.
ir::Value finish_convolution(LowerContext& cx, ir::Value y, bool use_bias, DataFormat format,
                             const Activation& activation);

template <std::size_t rank>
void build_convolution(BuildContext& cx, const ConvolutionConfig<rank>& c) {
  check(c.filters > 0, ErrorCode::corrupt_file, "filters ", c.filters, ": expected a positive integer");
  check(c.groups > 0 && c.filters % c.groups == 0, ErrorCode::corrupt_file, "groups ", c.groups,
        ": expected a divisor of ", c.filters, " filters");
  check(rank == 1 || c.padding != Padding::causal, ErrorCode::corrupt_file,
        "padding \"causal\" is for Conv1D alone");
  check_spatial(cx.input(), rank);
  const std::int64_t channels = cx.known(0, channel_axis(c.data_format));
  check(channels % c.groups == 0, ErrorCode::corrupt_file, channels, " channels can't be split into ",
        c.groups, " groups");
  Shape shape = c.kernel_size.values;
  shape.insert(shape.end(), {channels / c.groups, c.filters});
  cx.add_weight("kernel", shape, c.kernel_initializer.object);
  if (c.use_bias) cx.add_weight("bias", {c.filters}, c.bias_initializer.object);
  if (c.lora_rank) build_lora(cx, "kernel", shape, *c.lora_rank, lora_scale(c));
}

template <std::size_t rank>
ir::Values lower_convolution(LowerContext& cx, const ConvolutionConfig<rank>& c) {
  check_spatial(cx.input().type(), rank);
  const ir::Value x = to_channels_last(cx.input(), c.data_format);
  const Pads pads = pads_of(x, c.padding, c.kernel_size.values, c.strides.values, c.dilation_rate.values);
  const ir::Value y = ir::convolution(x, weight_with_lora(cx, "kernel"),
                                      {.strides = c.strides.values,
                                       .low = pads.low,
                                       .high = pads.high,
                                       .dilation = c.dilation_rate.values,
                                       .groups = c.groups});
  return {finish_convolution(cx, y, c.use_bias, c.data_format, c.activation)};
}

}  // namespace keratin::keras
