#include "kernels/conv/depthwise.h"

#include <algorithm>

#include "runtime/core/align.h"

namespace keratin::conv {

// One row of the result: the rows of x and of the window that meet in it.
struct Depthwise::Row {
  const float** x;     // first pixels
  const float** w;     // first taps
  const float** at_x;  // the same for one tile
  const float** at_w;
  std::int64_t count;
  float* y;
  gemm::Epilogue epilogue;
};

std::size_t Depthwise::scratch_bytes() const {
  return aligned(static_cast<std::size_t>(4 * g_.axes[0].window * g_.axes[1].window) * sizeof(float*));
}

void Depthwise::run_columns(const Row& row, std::int64_t first, std::int64_t count) const {
  const Axis& c = g_.axes[2];
  const auto taps = static_cast<std::size_t>(c.window), stride = static_cast<std::size_t>(c.stride);
  const bool special = taps < kernels_.columns.size() && stride < 3 && c.dilation == 1 &&
                       kernels_.columns[taps][stride][0] != nullptr;
  std::copy_n(row.w, row.count, row.at_w);
  for (std::int64_t column = first, end = first + count; column < end;) {
    const std::int64_t left = end - column, width = !special ? 1 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
    for (std::int64_t i = 0; i < row.count; ++i)
      row.at_x[i] = row.x[i] + (column * c.stride - c.low) * g_.channels;
    DepthwiseTile tile{
        row.at_x,    row.at_w, row.count, c.window, g_.channels, c.dilation, row.y + column * g_.channels,
        row.epilogue};
    if (tile.epilogue.add) tile.epilogue.add += column * g_.channels;
    if (special)
      kernels_.columns[taps][stride][width == 4 ? 0 : width == 2 ? 1 : 2](tile);
    else
      kernels_.pixel(tile);
    column += width;
  }
}

// A column whose window hangs over the left or right edge.
void Depthwise::run_edge(const Row& row, std::int64_t column) const {
  const Axis& c = g_.axes[2];
  std::int64_t first = 0, last = c.window;
  while (first < last && c.source(column, first) < 0) ++first;
  while (last > first && c.source(column, last - 1) < 0) --last;
  for (std::int64_t i = 0; i < row.count; ++i) {
    row.at_x[i] = row.x[i] + (column * c.stride - c.low + first * c.dilation) * g_.channels;
    row.at_w[i] = row.w[i] + first * g_.channels;
  }
  DepthwiseTile tile{
      row.at_x,    row.at_w, row.count, last - first, g_.channels, c.dilation, row.y + column * g_.channels,
      row.epilogue};
  if (tile.epilogue.add) tile.epilogue.add += column * g_.channels;
  kernels_.pixel(tile);
}

void Depthwise::run(const float* x, const float* w, float* y, std::int64_t begin, std::int64_t end,
                    const gemm::Epilogue& epilogue, void* scratch) const {
  const auto& [a, b, c] = g_.axes;
  const std::int64_t rows = a.window * b.window;
  auto* pointers = static_cast<const float**>(scratch);
  // columns whose whole window lies inside
  const std::int64_t reach = (c.window - 1) * c.dilation;
  std::int64_t inside = 0, inside_end = c.out;
  while (inside < c.out && inside * c.stride - c.low < 0) ++inside;
  while (inside_end > inside && (inside_end - 1) * c.stride - c.low + reach >= c.size) --inside_end;
  for (std::int64_t r = begin; r < end; ++r) {
    Row row{
        pointers, pointers + rows, pointers + 2 * rows, pointers + 3 * rows, 0, y + r * c.out * g_.channels,
        epilogue};
    if (epilogue.add) row.epilogue.add += r * c.out * g_.channels;
    const std::int64_t ob = r % b.out, oa = r / b.out % a.out, n = r / b.out / a.out;
    for (std::int64_t k = 0; k < rows; ++k) {
      const std::int64_t xa = a.source(oa, k / b.window), xb = b.source(ob, k % b.window);
      if (xa < 0 || xb < 0) continue;
      row.x[row.count] = x + ((n * a.size + xa) * b.size + xb) * c.size * g_.channels;
      row.w[row.count++] = w + k * c.window * g_.channels;
    }
    for (std::int64_t column = 0; column < inside; ++column) run_edge(row, column);
    run_columns(row, inside, inside_end - inside);
    for (std::int64_t column = inside_end; column < c.out; ++column) run_edge(row, column);
  }
}

}  // namespace keratin::conv
