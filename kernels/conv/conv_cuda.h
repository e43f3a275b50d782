// Launch parameters of the direct convolution, shared by its host and device parts.
#pragma once

#include "kernels/lib/cudnn.h"
#include "kernels/math/launch.h"

namespace keratin::conv {

// Axes beyond the rank have size 1. input_dilation spreads x with zeros, as a transposed convolution does.
struct DirectParameters {
  cudnn::Convolution problem;
  std::array<std::int64_t, 3> input_dilation;
  const void *x, *w;
  void* y;
};

}  // namespace keratin::conv
