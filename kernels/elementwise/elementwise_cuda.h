// Launch parameters of the element-wise GPU kernels, shared by their host and device parts.
#pragma once

#include "kernels/math/launch.h"

namespace keratin::elementwise {

struct ElementwiseParameters {
  const void* in[3];
  void* out;
  std::int64_t count;
  launch::Nest<3> nest;  // strides of the operands; the result is dense
  double parameter[4];
};

}  // namespace keratin::elementwise
