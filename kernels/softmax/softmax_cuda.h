// Launch parameters of the GPU softmax, shared by its host and device parts.
#pragma once

#include "kernels/math/launch.h"

namespace keratin::softmax {

// Over rows of contiguous elements.
struct RowParameters {
  const void* in;
  void* out;
  std::int64_t rows, size;
};

}  // namespace keratin::softmax
