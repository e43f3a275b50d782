// Config, weights and lowering of Conv1DTranspose, Conv2DTranspose and Conv3DTranspose: the gradient of a
// convolution for its input, as a convolution over an input with holes.
#pragma once

#include "runtime/keras/convolution.h"

namespace keratin::keras {

template <std::size_t rank>
struct ConvolutionTransposeConfig {
  std::int64_t filters;
  PerAxis<rank> kernel_size, strides, dilation_rate;
  std::optional<PerAxis<rank, 0>> output_padding;
  Padding padding;
  DataFormat data_format;
  Activation activation;
  bool use_bias;
  InitializerConfig kernel_initializer, bias_initializer;
  Opaque kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint;

  template <class V>
  void describe(V& v) {
    v("filters", filters);
    v("kernel_size", kernel_size);
    v("strides", strides, 1);
    v("padding", padding, "valid");
    v("output_padding", output_padding, nullptr);
    v("data_format", data_format, nullptr);
    v("dilation_rate", dilation_rate, 1);
    v("activation", activation, "linear");
    v("use_bias", use_bias, true);
    v("kernel_initializer", kernel_initializer, "glorot_uniform");
    v("bias_initializer", bias_initializer, "zeros");
    v("kernel_regularizer", kernel_regularizer, nullptr);
    v("bias_regularizer", bias_regularizer, nullptr);
    v("activity_regularizer", activity_regularizer, nullptr);
    v("kernel_constraint", kernel_constraint, nullptr);
    v("bias_constraint", bias_constraint, nullptr);
    v.dropped("groups");  // tf.keras wrote it and never used it
  }
};

// What surrounds the input with holes, so that the output has Keras' size along one axis.
struct TransposedPads {
  std::int64_t low, high;
};
TransposedPads transposed_pads(std::int64_t kernel, std::int64_t stride, std::int64_t dilation,
                               Padding padding, std::optional<std::int64_t> output_padding);

template <std::size_t rank>
void build_convolution_transpose(BuildContext& cx, const ConvolutionTransposeConfig<rank>& c) {
  check(c.filters > 0, ErrorCode::corrupt_file, "filters ", c.filters, ": expected a positive integer");
  check(c.padding != Padding::causal, ErrorCode::corrupt_file, "padding \"causal\" is for Conv1D alone");
  check_spatial(cx.input(), rank);
  Shape shape = c.kernel_size.values;
  shape.insert(shape.end(), {c.filters, cx.known(0, channel_axis(c.data_format))});
  cx.add_weight("kernel", std::move(shape), c.kernel_initializer.object);
  if (c.use_bias) cx.add_weight("bias", {c.filters}, c.bias_initializer.object);
}

template <std::size_t rank>
ir::Values lower_convolution_transpose(LowerContext& cx, const ConvolutionTransposeConfig<rank>& c) {
  check_spatial(cx.input().type(), rank);
  ir::Dims low, high;
  ir::Ints spatial, order;
  for (std::size_t i = 0; i < rank; ++i) {
    const TransposedPads pads =
        transposed_pads(c.kernel_size.values[i], c.strides.values[i], c.dilation_rate.values[i], c.padding,
                        c.output_padding ? std::optional(c.output_padding->values[i]) : std::nullopt);
    low.push_back(pads.low);
    high.push_back(pads.high);
    spatial.push_back(static_cast<std::int64_t>(i));
  }
  order = spatial;
  order.insert(order.end(), {std::int64_t(rank) + 1, std::int64_t(rank)});
  // (spatial…, out, in) -> flipped (spatial…, in, out)
  const ir::Value kernel = ir::transpose(ir::reverse(cx.weight("kernel"), spatial), order);
  const ir::Value y = ir::convolution(
      to_channels_last(cx.input(), c.data_format), kernel,
      {.low = low, .high = high, .dilation = c.dilation_rate.values, .input_dilation = c.strides.values});
  return {finish_convolution(cx, y, c.use_bias, c.data_format, c.activation)};
}

}  // namespace keratin::keras
