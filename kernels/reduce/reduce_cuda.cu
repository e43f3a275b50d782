#include <limits>

#include "kernels/math/device.cuh"
#include "kernels/reduce/reduce_cuda.h"

namespace keratin {
namespace {

struct Sum {
  template <class C>
  static __device__ C start() {
    return C(0);
  }
  template <class C>
  __device__ C operator()(C a, C b) const {
    return static_cast<C>(a + b);
  }
};
struct Prod {
  template <class C>
  static __device__ C start() {
    return C(1);
  }
  template <class C>
  __device__ C operator()(C a, C b) const {
    return static_cast<C>(a * b);
  }
};
template <class C>
constexpr C lowest = std::numeric_limits<C>::has_infinity ? -std::numeric_limits<C>::infinity()
                                                          : std::numeric_limits<C>::lowest();
template <class C>
constexpr C highest = std::numeric_limits<C>::has_infinity ? std::numeric_limits<C>::infinity()
                                                           : std::numeric_limits<C>::max();
struct Max {
  template <class C>
  static __device__ C start() {
    return lowest<C>;
  }
  template <class C>
  __device__ C operator()(C a, C b) const {
    return m::maximum(a, b);
  }
};
struct Min {
  template <class C>
  static __device__ C start() {
    return highest<C>;
  }
  template <class C>
  __device__ C operator()(C a, C b) const {
    return m::minimum(a, b);
  }
};

template <class Op, bool average, class T>
__device__ void finish(const reduce::ReduceParameters& p, std::int64_t i, launch::compute_type<T> value) {
  using C = launch::compute_type<T>;
  if constexpr (average) value = static_cast<C>(value / static_cast<C>(p.reduced));
  launch::store<T>(p.out, i, value);
}

template <class Op, bool average, class T>
__global__ void thread_kernel(const reduce::ReduceParameters p) {
  using C = launch::compute_type<T>;
  for (std::int64_t i = launch::first_item(); i < p.results; i += launch::item_step()) {
    const std::int64_t base = launch::offset(p.kept, i, 0);
    C value = Op::template start<C>();
    for (std::int64_t k = 0; k < p.reduced; ++k)
      value = Op()(value, launch::load<T>(p.in, base + launch::offset(p.over, k, 0)));
    finish<Op, average, T>(p, i, value);
  }
}

template <class Op, bool average, class T>
__global__ void block_kernel(const reduce::ReduceParameters p) {
  using C = launch::compute_type<T>;
  for (std::int64_t i = blockIdx.x; i < p.results; i += gridDim.x) {
    const std::int64_t base = launch::offset(p.kept, i, 0);
    C value = Op::template start<C>();
    for (std::int64_t k = threadIdx.x; k < p.reduced; k += blockDim.x)
      value = Op()(value, launch::load<T>(p.in, base + launch::offset(p.over, k, 0)));
    value = launch::reduce_block(value, Op());
    if (threadIdx.x == 0) finish<Op, average, T>(p, i, value);
  }
}

template <class Op, bool average, class T>
void add(launch::Entries& entries, const std::string& op, DType dtype) {
  entries.push_back({launch::entry_name((op + ".thread").c_str(), dtype),
                     reinterpret_cast<const void*>(&thread_kernel<Op, average, T>)});
  entries.push_back({launch::entry_name((op + ".block").c_str(), dtype),
                     reinterpret_cast<const void*>(&block_kernel<Op, average, T>)});
}

}  // namespace

launch::Entries entries_reduce_cuda() {
  launch::Entries entries;
  launch::for_numbers([&]<class T>(DType dtype) {
    add<Sum, false, T>(entries, "reduce_sum", dtype);
    add<Max, false, T>(entries, "reduce_max", dtype);
    add<Min, false, T>(entries, "reduce_min", dtype);
    add<Prod, false, T>(entries, "reduce_prod", dtype);
  });
  launch::for_floating([&]<class T>(DType dtype) { add<Sum, true, T>(entries, "reduce_mean", dtype); });
  add<Max, false, std::uint8_t>(entries, "reduce_any", DType::boolean);  // a bool is a byte of 0 or 1
  add<Min, false, std::uint8_t>(entries, "reduce_all", DType::boolean);
  return entries;
}

}  // namespace keratin
