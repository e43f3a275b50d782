// What the device parts of kernels share: loads and stores in compute type, walks over strided blocks,
// reductions over a block, and the table through which a stream finds entries by name.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <string>
#include <type_traits>
#include <vector>

#include "kernels/math/launch.h"
#include "kernels/math/scalar.h"

namespace keratin::launch {

// An instance of a kernel; each .cu file defines `Entries entries_<stem>()`.
struct Entry {
  std::string name;
  const void* kernel;
};
using Entries = std::vector<Entry>;

template <class T>
struct StorageOf {
  static constexpr bool is_half = std::is_same_v<T, __half> || std::is_same_v<T, __nv_bfloat16>;
  using compute = std::conditional_t<is_half, float, T>;
};
template <class T>
using compute_type = typename StorageOf<T>::compute;

template <class T>
__device__ compute_type<T> load(const void* data, std::int64_t i) {
  return static_cast<compute_type<T>>(static_cast<const T*>(data)[i]);
}
template <class T, class C>
__device__ void store(void* data, std::int64_t i, C value) {
  static_cast<T*>(data)[i] = static_cast<T>(value);
}

__device__ inline std::int64_t first_item() {
  return static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}
__device__ inline std::int64_t item_step() { return static_cast<std::int64_t>(gridDim.x) * blockDim.x; }

// The offset of item i of a nest in its operand k.
template <std::size_t N>
__device__ std::int64_t offset(const Nest<N>& nest, std::int64_t i, std::size_t k) {
  std::int64_t at = 0;
  for (std::int32_t axis = nest.rank - 1; axis >= 0; --axis) {
    at += i % nest.shape[axis] * nest.strides[k][axis];
    i /= nest.shape[axis];
  }
  return at;
}

// Joins the values of all threads of a block; every thread gets the result. The order is fixed.
template <class T, class Join>
__device__ T reduce_block(T value, Join join) {
  __shared__ T shared[block_size];
  shared[threadIdx.x] = value;
  __syncthreads();
  for (std::uint32_t half = block_size / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) shared[threadIdx.x] = join(shared[threadIdx.x], shared[threadIdx.x + half]);
    __syncthreads();
  }
  const T all = shared[0];
  __syncthreads();
  return all;
}

// Calls f.operator()<T>(dtype) for the storage types that kernels are instantiated for.
template <class F>
void for_floating(F f) {
  f.template operator()<float>(DType::float32);
  f.template operator()<double>(DType::float64);
  f.template operator()<__half>(DType::float16);
  f.template operator()<__nv_bfloat16>(DType::bfloat16);
}
template <class F>
void for_integers(F f) {
  f.template operator()<std::uint8_t>(DType::uint8);
  f.template operator()<std::int32_t>(DType::int32);
  f.template operator()<std::int64_t>(DType::int64);
}
template <class F>
void for_numbers(F f) {
  for_floating(f);
  for_integers(f);
}
template <class F>
void for_all(F f) {
  for_numbers(f);
  f.template operator()<bool>(DType::boolean);
}

}  // namespace keratin::launch
