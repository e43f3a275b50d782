#include <limits>

#include "kernels/math/device.cuh"
#include "kernels/softmax/softmax_cuda.h"

namespace keratin {
namespace {

struct Largest {
  template <class C>
  __device__ C operator()(C a, C b) const {
    return m::maximum(a, b);
  }
};
struct Sum {
  template <class C>
  __device__ C operator()(C a, C b) const {
    return a + b;
  }
};

// The largest of a row, then the sum of exponentials, then the results: three walks over the row.
template <bool logarithm, class T>
__global__ void row_kernel(const softmax::RowParameters p) {
  using C = launch::compute_type<T>;
  for (std::int64_t row = blockIdx.x; row < p.rows; row += gridDim.x) {
    const std::int64_t base = row * p.size;
    C top = -std::numeric_limits<C>::infinity(), sum = 0;
    for (std::int64_t k = threadIdx.x; k < p.size; k += blockDim.x)
      top = m::maximum(top, launch::load<T>(p.in, base + k));
    top = launch::reduce_block(top, Largest());
    for (std::int64_t k = threadIdx.x; k < p.size; k += blockDim.x)
      sum += m::exp(launch::load<T>(p.in, base + k) - top);
    sum = launch::reduce_block(sum, Sum());
    for (std::int64_t k = threadIdx.x; k < p.size; k += blockDim.x) {
      const C shifted = launch::load<T>(p.in, base + k) - top;
      launch::store<T>(p.out, base + k, logarithm ? shifted - m::log(sum) : m::exp(shifted) / sum);
    }
  }
}

}  // namespace

launch::Entries entries_softmax_cuda() {
  launch::Entries entries;
  launch::for_floating([&]<class T>(DType dtype) {
    entries.push_back(
        {launch::entry_name("softmax.block", dtype), reinterpret_cast<const void*>(&row_kernel<false, T>)});
    entries.push_back({launch::entry_name("log_softmax.block", dtype),
                       reinterpret_cast<const void*>(&row_kernel<true, T>)});
  });
  return entries;
}

}  // namespace keratin
