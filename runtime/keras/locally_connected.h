// LocallyConnected1D and LocallyConnected2D of Keras 1 and 2: a convolution with a kernel for each position.
#pragma once

#include <algorithm>

#include "runtime/keras/convolution.h"

namespace keratin::keras {

template <std::size_t rank>
struct LocallyConnectedConfig {
  std::int64_t filters, implementation;
  PerAxis<rank> kernel_size, strides;
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
    v("data_format", data_format, nullptr);
    v("activation", activation, "linear");
    v("use_bias", use_bias, true);
    v("kernel_initializer", kernel_initializer, "glorot_uniform");
    v("bias_initializer", bias_initializer, "zeros");
    v("kernel_regularizer", kernel_regularizer, nullptr);
    v("bias_regularizer", bias_regularizer, nullptr);
    v("activity_regularizer", activity_regularizer, nullptr);
    v("kernel_constraint", kernel_constraint, nullptr);
    v("bias_constraint", bias_constraint, nullptr);
    v("implementation", implementation, std::int64_t(1));
  }
};

template <std::size_t rank>
void build_locally_connected(BuildContext& cx, const LocallyConnectedConfig<rank>& c) {
  check(c.filters > 0, ErrorCode::corrupt_file, "filters ", c.filters, ": expected a positive integer");
  check(c.implementation == 1 && c.padding == Padding::valid, ErrorCode::unsupported, "implementation ",
        c.implementation, " of locally connected layers, and padding other than valid, are not supported");
  check(rank == 1 || c.data_format == DataFormat::channels_last, ErrorCode::unsupported,
        "locally connected layers of channels_first images are not supported");
  check_spatial(cx.input(), rank);
  std::int64_t positions = 1, elements = cx.known(0, channel_axis(c.data_format));
  Shape bias;
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t size =
        cx.known(0, static_cast<std::int64_t>(i) + (c.data_format == DataFormat::channels_last ? 1 : 2));
    check(size >= c.kernel_size.values[i], ErrorCode::corrupt_file, "a kernel of ", c.kernel_size.values[i],
          " is larger than the input's ", size);
    bias.push_back((size - c.kernel_size.values[i]) / c.strides.values[i] + 1);
    positions *= bias.back();
    elements *= c.kernel_size.values[i];
  }
  cx.add_weight("kernel", {positions, elements, c.filters}, c.kernel_initializer.object);
  bias.push_back(c.filters);
  if (c.use_bias) cx.add_weight("bias", bias, c.bias_initializer.object);
}

template <std::size_t rank>
ir::Values lower_locally_connected(LowerContext& cx, const LocallyConnectedConfig<rank>& c) {
  check_spatial(cx.input().type(), rank);
  const ir::Value x = to_channels_last(cx.input(), c.data_format);
  const ir::Value kernel = cx.weight("kernel");
  const ir::Dim positions = kernel.shape()[0], elements = kernel.shape()[1];
  const ir::Value patches = ir::extract_patches(x, {.strides = c.strides.values}, c.kernel_size.values);
  ir::Dims shape = patches.shape();
  shape.back() = c.filters;
  const ir::Value flat = ir::reshape(patches, {x.shape()[0], positions, elements});
  const ir::Value y = ir::transpose(ir::dot_general(flat, kernel, {{2}, {1}, {1}, {0}}), {1, 0, 2});
  ir::Value result = from_channels_last(ir::reshape(y, shape), c.data_format);
  if (c.use_bias) {  // stored (spatial…, filters); Keras 2 reshapes it for channels_first instead of
                     // transposing
    ir::Value bias = cx.weight("bias");
    ir::Dims order = bias.shape();
    if (c.data_format == DataFormat::channels_first) std::rotate(order.begin(), order.end() - 1, order.end());
    result = result + ir::reshape(bias, order);
  }
  return {c.activation(cx, result)};
}

}  // namespace keratin::keras
