// cuDNN as the host parts of kernels see it: which problems it takes, and the calls. Plain C++: the null
// device records the calls, the CUDA module makes them.
#pragma once

#include <array>
#include <string>

#include "keratin/dtype.h"
#include "runtime/device/stream.h"

namespace keratin::cudnn {

// Over the middle axis of (outer, size, inner).
struct Softmax {
  DType dtype;
  bool logarithm;
  std::int64_t outer, size, inner;
};
struct SoftmaxParameters {
  Softmax problem;
  const void* x;
  void* y;
};

// Channels last; rank spatial axes; a cross-correlation.
struct Convolution {
  DType dtype;
  std::int32_t rank;
  std::int64_t batch, channels, filters, groups;
  std::array<std::int64_t, 3> in, out, window, strides, low, high, dilation;
};
struct ConvolutionParameters {
  Convolution problem;
  const void *x, *w;
  void* y;
};

// Our support table: null, or why not.
const char* refuses(const Softmax& problem);
const char* refuses(const Convolution& problem);
device::LibraryCall describe(const Softmax& problem);
device::LibraryCall describe(const Convolution& problem);

}  // namespace keratin::cudnn
