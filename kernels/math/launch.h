// What the host parts of GPU kernels share: grids, dtypes, strided blocks. Plain C++, part of every build.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "runtime/dispatch/kernel.h"

namespace keratin::launch {

constexpr std::uint32_t block_size = 256;
constexpr std::int64_t largest_grid = 1 << 16;  // beyond it threads loop
constexpr std::size_t max_rank = 6;             // axes of a strided block, after joining

// Threads for count independent items; the kernels loop, so any count is fine.
inline device::Launch flat(const char* kernel, std::int64_t count) {
  const std::int64_t blocks = (count + block_size - 1) / block_size;
  return {kernel,
          {static_cast<std::uint32_t>(std::clamp<std::int64_t>(blocks, 1, largest_grid)), 1, 1},
          {block_size, 1, 1},
          0};
}
// One block per item, with a word of shared memory per warp.
inline device::Launch blocks(const char* kernel, std::int64_t count) {
  return {kernel,
          {static_cast<std::uint32_t>(std::clamp<std::int64_t>(count, 1, largest_grid)), 1, 1},
          {block_size, 1, 1},
          0};
}

// The dtypes that GPU kernels are instantiated for.
constexpr bool has_kernel(DType dtype) {
  return dtype == DType::boolean || dtype == DType::uint8 || dtype == DType::int32 || dtype == DType::int64 ||
         dtype == DType::float16 || dtype == DType::bfloat16 || dtype == DType::float32 ||
         dtype == DType::float64;
}

// "name.f32": how device code calls the instance for a dtype.
inline std::string entry_name(const char* name, DType dtype) {
  return std::string(name) + "." + std::string(ir::short_name(dtype));
}

template <class Parameters>
std::span<const std::byte> bytes_of(const Parameters& parameters) {
  static_assert(std::is_trivially_copyable_v<Parameters>);
  return std::as_bytes(std::span(&parameters, 1));
}

// A loop nest over N strided operands. Axes that are contiguous for all of them are joined.
template <std::size_t N>
struct Nest {
  std::int32_t rank = 0;
  std::int64_t shape[max_rank] = {};
  std::int64_t strides[N][max_rank] = {};
};

// Strides of x broadcast to a shape of `rank` axes.
std::vector<std::int64_t> broadcast_strides(std::span<const std::int64_t> x, std::size_t rank);
// The joined axes of shape. False when more than max_rank remain.
bool join_axes(std::span<const std::int64_t> shape, std::span<const std::vector<std::int64_t>> strides,
               std::int32_t& rank, std::int64_t* joined_shape, std::int64_t (*joined_strides)[max_rank]);

template <std::size_t N>
bool make_nest(std::span<const std::int64_t> shape, const std::array<std::vector<std::int64_t>, N>& strides,
               Nest<N>& nest) {
  return join_axes(shape, strides, nest.rank, nest.shape, nest.strides);
}

}  // namespace keratin::launch
