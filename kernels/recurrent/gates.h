// The element-wise part of a recurrent step, a row at a time. Used by lstm and gru.
#pragma once

#include <cstdint>

namespace keratin::recurrent {

struct Kernels {
  // z: i f c o before their activations, units each. c_out may be c.
  void (*lstm)(const float* z, const float* c, std::int64_t units, float* c_out, float* h);
  // x and inner: z r h, units each: the input's part, and the state's with its bias. h_out must not be h.
  void (*gru)(const float* x, const float* inner, const float* h, std::int64_t units, float* h_out);
};
// Those of the machine (simd::isa).
const Kernels& kernels();

}  // namespace keratin::recurrent
