// Depthwise convolution: one channel per group, channels last. Bound by loads, so a tile of neighbouring
// results shares the pixels that it reads.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "kernels/conv/geometry.h"
#include "kernels/dot/gemm.h"

namespace keratin::conv {

// Neighbouring results of one row, all channels.
struct DepthwiseTile {
  const float* const* x;  // per row of the window that lies inside: the first pixel
  const float* const* w;  // its first tap
  std::int64_t window_rows, taps;
  std::int64_t channels;  // also the step between pixels and taps
  std::int64_t dilation;
  float* y;
  gemm::Epilogue epilogue;
};
using DepthwiseFunction = void (*)(const DepthwiseTile&);

struct DepthwiseKernels {
  static constexpr std::size_t widths = 3;  // of 4, 2 and 1 results
  // [taps][stride][width]: null where no such kernel is
  std::array<std::array<std::array<DepthwiseFunction, widths>, 3>, 8> columns;
  DepthwiseFunction pixel;  // one result, any number of taps
};
const DepthwiseKernels& depthwise_kernels();

class Depthwise {
 public:
  explicit Depthwise(const Geometry& geometry) : kernels_(depthwise_kernels()), g_(geometry) {}

  std::int64_t rows() const { return g_.batch * g_.axes[0].out * g_.axes[1].out; }
  std::int64_t row_size() const { return g_.axes[2].out * g_.channels; }
  std::int64_t multiply_adds() const {
    return rows() * g_.axes[2].out * g_.channels * g_.axes[0].window * g_.axes[1].window * g_.axes[2].window;
  }
  std::size_t scratch_bytes() const;
  // Rows [begin, end) of the result.
  void run(const float* x, const float* w, float* y, std::int64_t begin, std::int64_t end,
           const gemm::Epilogue& epilogue, void* scratch) const;

 private:
  struct Row;
  void run_columns(const Row& row, std::int64_t first, std::int64_t count) const;
  void run_edge(const Row& row, std::int64_t column) const;

  const DepthwiseKernels& kernels_;
  Geometry g_;
};

}  // namespace keratin::conv
