#include "kernels/conv/geometry.h"

namespace keratin::conv {
namespace {

using namespace ir;

// Sizes and padding of the axes; the caller adds what only convolutions have.
Geometry sized(std::span<const std::int64_t> x, std::span<const std::int64_t> y, const Ints& window,
               const Node& node) {
  Geometry g;
  g.batch = x[0];
  g.channels = x.back();
  g.out_channels = y.back();
  g.spatial = x.size() - 2;
  const Ints& strides = node.get<Ints>("strides");
  const Dims &low = node.get<Dims>("low"), &high = node.get<Dims>("high");
  for (std::size_t i = 0; i < g.spatial; ++i) {
    Axis& axis = g.axes[3 - g.spatial + i];
    axis.size = x[i + 1];
    axis.window = window[i];
    axis.out = y[i + 1];
    axis.stride = strides[i];
    axis.low = low[i].value();
    axis.high = high[i].value();
  }
  return g;
}

Dim dilated(const Dim& size, std::int64_t dilation) {
  return dilation == 1 ? size : (size - 1) * Dim(dilation) + 1;
}

}  // namespace

Geometry convolution_geometry(std::span<const std::int64_t> x, std::span<const std::int64_t> w,
                              std::span<const std::int64_t> y, const Node& node) {
  Geometry g = sized(x, y, Ints(w.begin(), w.end() - 2), node);
  g.groups = node.get<std::int64_t>("groups");
  const Ints &dilation = node.get<Ints>("dilation"), &input = node.get<Ints>("input_dilation");
  for (std::size_t i = 0; i < g.spatial; ++i) {
    g.axes[3 - g.spatial + i].dilation = dilation[i];
    g.axes[3 - g.spatial + i].input_dilation = input[i];
  }
  return g;
}

Geometry window_geometry(std::span<const std::int64_t> x, std::span<const std::int64_t> y, const Node& node) {
  return sized(x, y, node.get<Ints>("window"), node);
}

Dim windowed_size(const Node& node, const Dim& size, std::int64_t window, std::int64_t stride, const Dim& low,
                  const Dim& high, std::int64_t dilation, std::int64_t input_dilation) {
  op_check(window >= 1, node, "a window of ", window, ": expected at least 1");
  op_check(stride >= 1, node, "stride ", stride, ": every stride must be >= 1");
  op_check(dilation >= 1 && input_dilation >= 1, node, "dilation ", std::min(dilation, input_dilation),
           ": every dilation must be >= 1");
  const Dim room = dilated(size, input_dilation) + low + high - Dim((window - 1) * dilation + 1);
  const Dim out = floor_div(room, Dim(stride)) + 1;
  op_check(!out.is_constant() || out.value() >= 0, node, "a window of ", window, " (dilation ", dilation,
           ") doesn't fit an axis of ", size.to_string(), " padded by ", low.to_string(), " and ",
           high.to_string());
  return out;
}

Transposed transposed_padding(const Dim& size, std::int64_t window, std::int64_t stride, const Dim& low,
                              const Dim& high, std::int64_t dilation, std::int64_t input_dilation) {
  const Dim reach((window - 1) * dilation);
  const Dim room = dilated(size, input_dilation) + low + high - reach - 1;
  const Dim unused = room - floor_div(room, Dim(stride)) * Dim(stride);  // at the end, never looked at
  return {reach - low, reach - high + unused};
}

}  // namespace keratin::conv
