// The only place that knows which oneDNN it is: version 2 makes an operation's descriptor first, version 3
// makes the primitive's descriptor in one go.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>

namespace keratin::onednn {

static_assert(DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP, "oneDNN must be built with OpenMP");

using dnnl::memory;

// A convolution's descriptors and numbers; bias is an empty descriptor where there is none.
struct ConvolutionDescs {
  memory::desc x, w, bias, y;
  memory::dims strides, dilates, low, high;
};

#if DNNL_VERSION_MAJOR >= 3

inline dnnl::convolution_forward::primitive_desc forward_desc(const ConvolutionDescs& c,
                                                              const dnnl::primitive_attr& attr,
                                                              const dnnl::engine& engine) {
  return {engine,
          dnnl::prop_kind::forward_inference,
          dnnl::algorithm::convolution_direct,
          c.x,
          c.w,
          c.bias,
          c.y,
          c.strides,
          c.dilates,
          c.low,
          c.high,
          attr};
}
inline dnnl::convolution_backward_data::primitive_desc input_gradient_desc(const ConvolutionDescs& c,
                                                                           const dnnl::primitive_attr& attr,
                                                                           const dnnl::engine& engine) {
  const auto hint = forward_desc(c, {}, engine);
  return {
      engine, dnnl::algorithm::convolution_direct, c.x, c.w, c.y, c.strides, c.dilates, c.low, c.high, hint,
      attr};
}
inline dnnl::convolution_backward_weights::primitive_desc filter_gradient_desc(
    const ConvolutionDescs& c, const dnnl::primitive_attr& attr, const dnnl::engine& engine) {
  const auto hint = forward_desc(c, {}, engine);
  return {
      engine, dnnl::algorithm::convolution_direct, c.x, c.w, c.y, c.strides, c.dilates, c.low, c.high, hint,
      attr};
}
inline dnnl::matmul::primitive_desc matmul_desc(const memory::desc& x, const memory::desc& w,
                                                const memory::desc& bias, const memory::desc& y,
                                                const dnnl::primitive_attr& attr,
                                                const dnnl::engine& engine) {
  return {engine, x, w, bias, y, attr};
}

#else

inline dnnl::convolution_forward::primitive_desc forward_desc(const ConvolutionDescs& c,
                                                              const dnnl::primitive_attr& attr,
                                                              const dnnl::engine& engine) {
  const dnnl::convolution_forward::desc desc(dnnl::prop_kind::forward_inference,
                                             dnnl::algorithm::convolution_direct, c.x, c.w, c.bias, c.y,
                                             c.strides, c.dilates, c.low, c.high);
  return {desc, attr, engine};
}
inline dnnl::convolution_backward_data::primitive_desc input_gradient_desc(const ConvolutionDescs& c,
                                                                           const dnnl::primitive_attr& attr,
                                                                           const dnnl::engine& engine) {
  const auto hint = forward_desc(c, {}, engine);
  const dnnl::convolution_backward_data::desc desc(dnnl::algorithm::convolution_direct, c.x, c.w, c.y,
                                                   c.strides, c.dilates, c.low, c.high);
  return {desc, attr, engine, hint};
}
inline dnnl::convolution_backward_weights::primitive_desc filter_gradient_desc(
    const ConvolutionDescs& c, const dnnl::primitive_attr& attr, const dnnl::engine& engine) {
  const auto hint = forward_desc(c, {}, engine);
  const dnnl::convolution_backward_weights::desc desc(dnnl::algorithm::convolution_direct, c.x, c.w, c.y,
                                                      c.strides, c.dilates, c.low, c.high);
  return {desc, attr, engine, hint};
}
inline dnnl::matmul::primitive_desc matmul_desc(const memory::desc& x, const memory::desc& w,
                                                const memory::desc& bias, const memory::desc& y,
                                                const dnnl::primitive_attr& attr,
                                                const dnnl::engine& engine) {
  return {dnnl::matmul::desc(x, w, bias, y), attr, engine};
}

#endif

}  // namespace keratin::onednn
