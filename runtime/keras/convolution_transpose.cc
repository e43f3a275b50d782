#include "runtime/keras/convolution_transpose.h"

#include <algorithm>

namespace keratin::keras {

// Output sizes for an input of n, with k the spread of the kernel:
//   valid (n - 1) s + k + p, where p defaults to max(s - k, 0)
//   same  (n - 1) s + k mod 2 + p, and n s without p
TransposedPads transposed_pads(std::int64_t kernel, std::int64_t stride, std::int64_t dilation,
                               Padding padding, std::optional<std::int64_t> output_padding) {
  const std::int64_t k = (kernel - 1) * dilation + 1;
  // the output's size beyond (n - 1) s
  std::int64_t rest = stride;
  if (padding == Padding::valid) rest = output_padding ? k + *output_padding : std::max(k, stride);
  if (padding == Padding::same && output_padding) rest = k % 2 + *output_padding;
  // The convolution that this is the gradient of must lead from that size back to n.
  const bool fits = padding == Padding::valid ? rest >= k && rest < k + stride : rest >= 1 && rest <= stride;
  check(fits, ErrorCode::corrupt_file, "output_padding ", output_padding.value_or(0), " doesn't fit strides ",
        stride, " and a kernel of ", k);
  const std::int64_t cropped = padding == Padding::valid ? 0 : std::max<std::int64_t>(k - rest, 0) / 2;
  const std::int64_t low = k - 1 - cropped;
  return {low, rest - 1 - low + k - 1};
}

}  // namespace keratin::keras
