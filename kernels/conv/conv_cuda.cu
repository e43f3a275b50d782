#include "kernels/conv/conv_cuda.h"
#include "kernels/math/device.cuh"

namespace keratin {
namespace {

// The element of the undilated input at a position of the padded, dilated one; -1 for a zero between.
__device__ std::int64_t source(std::int64_t position, std::int64_t dilation, std::int64_t size) {
  if (position < 0 || position % dilation) return -1;
  const std::int64_t at = position / dilation;
  return at < size ? at : -1;
}

template <class T>
__global__ void direct_kernel(const conv::DirectParameters p) {
  using C = launch::compute_type<T>;
  const cudnn::Convolution& c = p.problem;
  const std::int64_t *in = c.in.begin(), *out = c.out.begin(), *window = c.window.begin(),
                     *strides = c.strides.begin(), *low = c.low.begin(), *dilation = c.dilation.begin(),
                     *spread = p.input_dilation.begin();
  const std::int64_t channels = c.channels / c.groups, filters = c.filters / c.groups;
  const std::int64_t count = c.batch * out[0] * out[1] * out[2] * c.filters;
  for (std::int64_t i = launch::first_item(); i < count; i += launch::item_step()) {
    const std::int64_t filter = i % c.filters, group = filter / filters;
    std::int64_t rest = i / c.filters, at[3];
    for (int axis = 2; axis >= 0; --axis) {
      at[axis] = rest % out[axis] * strides[axis] - low[axis];
      rest /= out[axis];
    }
    C sum = 0;
    for (std::int64_t a = 0; a < window[0]; ++a)
      for (std::int64_t b = 0; b < window[1]; ++b)
        for (std::int64_t d = 0; d < window[2]; ++d) {
          const std::int64_t u = source(at[0] + a * dilation[0], spread[0], in[0]);
          const std::int64_t v = source(at[1] + b * dilation[1], spread[1], in[1]);
          const std::int64_t w = source(at[2] + d * dilation[2], spread[2], in[2]);
          if (u < 0 || v < 0 || w < 0) continue;
          const std::int64_t x =
              (((rest * in[0] + u) * in[1] + v) * in[2] + w) * c.channels + group * channels;
          const std::int64_t k = ((a * window[1] + b) * window[2] + d) * channels;
          for (std::int64_t channel = 0; channel < channels; ++channel)
            sum +=
                launch::load<T>(p.x, x + channel) * launch::load<T>(p.w, (k + channel) * c.filters + filter);
        }
    launch::store<T>(p.y, i, sum);
  }
}

}  // namespace

launch::Entries entries_conv_cuda() {
  launch::Entries entries;
  launch::for_floating([&]<class T>(DType dtype) {
    entries.push_back(
        {launch::entry_name("convolution.direct", dtype), reinterpret_cast<const void*>(&direct_kernel<T>)});
  });
  return entries;
}

}  // namespace keratin
