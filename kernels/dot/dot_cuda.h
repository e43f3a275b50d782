// Launch parameters of the strided dot, shared by its host and device parts.
#pragma once

#include "kernels/math/launch.h"

namespace keratin::dot {

// y[batch, row, column] = Σ over inner of a · b; y is dense. Strides: of a and b, or of the one that has it.
struct DotParameters {
  const void *a, *b;
  void* y;
  std::int64_t batches, rows, columns, inners;
  launch::Nest<2> batch, inner;
  launch::Nest<1> row, column;
};

}  // namespace keratin::dot
