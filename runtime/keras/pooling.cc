#include "runtime/keras/pooling.h"

#include <algorithm>

namespace keratin::keras {
namespace {

// Windows of width along one axis, one step apart.
ir::Value slide(ir::Value x, Pool kind, std::size_t axis, std::int64_t width) {
  ir::Ints window(x.rank() - 2, 1);
  window[axis - 1] = width;
  return kind == Pool::max ? ir::reduce_window("max", x, {window}) : ir::average_pool(x, {window});
}

// Windows are ceil(n / out) wide or one more: pool with both widths, then pick.
ir::Value adapt_axis(ir::Value x, Pool kind, std::size_t axis, std::int64_t out) {
  const ir::Dim& size = x.shape()[axis];
  check(size.is_constant(), ErrorCode::corrupt_file, "axis ", axis, " of ", ir::to_string(x.shape()),
        " must be known to pool it to ", out);
  const std::int64_t n = size.value();
  check(n > 0 && out <= (1 << 20), ErrorCode::corrupt_file, "an axis of ", n, " can't be pooled to ", out);
  const std::int64_t width = (n + out - 1) / out;
  Tensor picks(DType::int32, {out});
  bool wider = false;
  for (std::int64_t i = 0; i < out; ++i) {
    const std::int64_t start = i * n / out, end = ((i + 1) * n + out - 1) / out;
    const bool wide = end - start > width;
    wider |= wide;
    picks.data<std::int32_t>()[i] = static_cast<std::int32_t>(start + (wide ? n - width + 1 : 0));
  }
  ir::Value pooled = slide(x, kind, axis, width);
  if (wider)
    pooled = ir::concatenate({pooled, slide(x, kind, axis, width + 1)}, static_cast<std::int64_t>(axis));
  return ir::gather(pooled, ir::constant(x.graph(), std::move(picks)), static_cast<std::int64_t>(axis));
}

}  // namespace

ir::Value adaptive_pool(ir::Value x, Pool kind, const ir::Ints& output_size) {
  for (std::size_t i = 0; i < output_size.size(); ++i) x = adapt_axis(x, kind, i + 1, output_size[i]);
  return x;
}

}  // namespace keratin::keras
