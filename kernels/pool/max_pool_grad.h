// The gradient of max pooling in float32 on the CPU.
#pragma once

#include "runtime/dispatch/kernel.h"

namespace keratin::pool {

std::unique_ptr<dispatch::Step> prepare_max_pool_grad(dispatch::PrepareContext& context);

// One window: dy goes to the first of the pixels whose value is the largest, channel by channel.
struct GradWindow {
  const std::int64_t* pixels;  // of the window: offsets in x and dx
  std::int64_t count;          // at least 1, less than 2^24
  std::int64_t channels;
  const float *x, *dy;
  float* dx;
  bool adds;  // else it overwrites dx: no other window has its pixels
};
using GradWindowFunction = void (*)(const GradWindow&);
GradWindowFunction grad_window();  // of this machine

}  // namespace keratin::pool
