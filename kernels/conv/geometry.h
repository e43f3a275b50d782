// The numbers of a convolution or a pooling window, read from a node with static shapes. Used by
// references and kernels.
#pragma once

#include <array>
#include <cstdint>

#include "runtime/ir/op.h"

namespace keratin::conv {

// One spatial axis. Output o and kernel element k meet at o·stride + k·dilation - low, counted in the dilated
// input, of which every input_dilation-th element is one of x.
struct Axis {
  std::int64_t size = 1;    // of x
  std::int64_t window = 1;  // of the kernel
  std::int64_t out = 1;     // of y
  std::int64_t stride = 1, low = 0, high = 0, dilation = 1, input_dilation = 1;

  // The element of x, or -1 for padding.
  std::int64_t source(std::int64_t o, std::int64_t k) const {
    const std::int64_t place = o * stride + k * dilation - low;
    if (place < 0 || place % input_dilation != 0) return -1;
    return place / input_dilation < size ? place / input_dilation : -1;
  }
};

struct Geometry {
  std::int64_t batch = 1, channels = 1, out_channels = 1, groups = 1;
  std::size_t spatial = 0;   // how many axes the node has
  std::array<Axis, 3> axes;  // right-aligned: missing leading axes have size 1
};

// Of convolution (x, w → y) and its gradients (x, dy → dw; dy, w → dx).
Geometry convolution_geometry(std::span<const std::int64_t> x, std::span<const std::int64_t> w,
                              std::span<const std::int64_t> y, const ir::Node& node);
// Of reduce_window, average_pool and max_pool_grad.
Geometry window_geometry(std::span<const std::int64_t> x, std::span<const std::int64_t> y,
                         const ir::Node& node);

// Size of the result along one axis; checks the attributes of the axis.
ir::Dim windowed_size(const ir::Node& node, const ir::Dim& size, std::int64_t window, std::int64_t stride,
                      const ir::Dim& low, const ir::Dim& high, std::int64_t dilation,
                      std::int64_t input_dilation);

// The padding of the transposed window: what leads from the result's gradient back to the input.
struct Transposed {
  ir::Dim low, high;
};
Transposed transposed_padding(const ir::Dim& size, std::int64_t window, std::int64_t stride,
                              const ir::Dim& low, const ir::Dim& high, std::int64_t dilation,
                              std::int64_t input_dilation);

}  // namespace keratin::conv
