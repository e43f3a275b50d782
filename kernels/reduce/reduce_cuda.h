// Launch parameters of the GPU reductions, shared by their host and device parts.
#pragma once

#include "kernels/math/launch.h"

namespace keratin::reduce {

struct ReduceParameters {
  const void* in;
  void* out;
  std::int64_t results, reduced;  // elements of the result, elements per result
  launch::Nest<1> kept, over;     // where each result begins, the walk from there
};

}  // namespace keratin::reduce
