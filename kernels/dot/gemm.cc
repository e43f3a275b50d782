#include "kernels/dot/gemm.h"

#include <algorithm>
#include <cstring>

namespace keratin::gemm {
namespace {

Epilogue moved(const Epilogue& e, std::int64_t row, std::int64_t column, std::int64_t c_step) {
  Epilogue at = e;
  if (e.scale) at.scale += column;
  if (e.shift) at.shift += column;
  if (e.add) at.add += row * c_step + column;
  return at;
}

constexpr std::int64_t block_rows = 96;

// Strips [first, last) for rows [begin, end).
void product_block(const Kernels& kernels, const Product& p, const Columns& columns, std::int64_t begin,
                   std::int64_t end, std::int64_t first, std::int64_t last) {
  const auto vectors = std::min<std::int64_t>(kernels.widest, (p.columns + kernels.lanes - 1) / kernels.lanes);
  const std::int64_t most = kernels.rows_at_most[static_cast<std::size_t>(vectors)];
  std::array<const float*, block_rows> pointers;
  for (std::int64_t row = begin; row < end; row += block_rows) {
    const std::int64_t count = std::min(block_rows, end - row), tiles = (count + most - 1) / most;
    for (std::int64_t i = 0; i < count; ++i) pointers[static_cast<std::size_t>(i)] = p.a + (row + i) * p.a_step;
    multiply(kernels, {pointers.data(), count, (count + tiles - 1) / tiles, 1, p.depth}, columns, first, last,
             p.c + row * p.c_step, p.c_step, moved(p.epilogue, row, 0, p.c_step));
  }
}

// Raw B: each strip is made a panel first, which pays from a handful of rows on.
void product_raw(const Kernels& kernels, const Product& p, std::int64_t begin, std::int64_t end,
                 std::int64_t first, std::int64_t last, float* panel) {
  for (std::int64_t s = first; s < last; ++s) {
    const std::int64_t column = s * kernels.strip();
    const std::int64_t count = std::min(kernels.strip(), p.columns - column);
    Columns columns = raw_columns(kernels, p.b, p.b_step, p.columns);
    if (count != p.b_step) {
      pack(kernels, p.b + column, p.b_step, p.depth, count, panel);
      columns.b = panel - s * columns.panel;
      columns.packed = true;
    }
    product_block(kernels, p, columns, begin, end, s, s + 1);
  }
}

}  // namespace

bool wants_packing(const Kernels& kernels, std::int64_t rows, std::int64_t columns, std::int64_t b_step) {
  return rows > most_streamed && !(columns <= kernels.strip() && columns == b_step);
}

std::int64_t product_scratch(const Kernels& kernels, std::int64_t rows, std::int64_t columns, std::int64_t depth,
                             std::int64_t b_step, int threads) {
  if (!wants_packing(kernels, rows, columns, b_step)) return 0;
  return threads * depth * std::min(columns, kernels.strip());
}

void product(const Kernels& kernels, const Product& p, float* scratch, Team* team) {
  if (p.rows == 0 || p.columns == 0) return;
  const std::int64_t all = strips(kernels, p.columns);
  if (p.rows <= most_streamed && all > 1) {
    const std::int64_t parts = useful_parts(*team, p.columns * p.depth);
    run_parts(team, parts, [&](std::int64_t part) {
      const std::int64_t begin = all * part / parts * kernels.strip();
      const std::int64_t end = std::min(p.columns, all * (part + 1) / parts * kernels.strip());
      kernels.stream[static_cast<std::size_t>(p.rows)]({p.a, p.a_step, p.depth, p.b + begin, p.b_step,
                                                        p.c + begin, p.c_step, end - begin,
                                                        moved(p.epilogue, 0, begin, p.c_step)});
    });
    return;
  }
  const std::int64_t parts = useful_parts(*team, p.rows * p.columns * p.depth);
  const bool raw = !p.packed && wants_packing(kernels, p.rows, p.columns, p.b_step);
  const Columns columns = p.packed ? packed_columns(kernels, p.packed, p.depth, p.columns)
                                   : raw_columns(kernels, p.b, p.b_step, p.columns);
  const std::int64_t panel = p.depth * std::min(p.columns, kernels.strip());
  run_parts(team, parts, [&](std::int64_t part) {
    // by strips when there are enough, else by rows
    const bool by_strips = all >= 2 * parts || p.rows < 4 * parts;
    const std::int64_t of = by_strips ? all : p.rows;
    const std::int64_t begin = of * part / parts, end = of * (part + 1) / parts;
    const std::int64_t first = by_strips ? begin : 0, last = by_strips ? end : all;
    const std::int64_t row = by_strips ? 0 : begin, row_end = by_strips ? p.rows : end;
    if (raw)
      product_raw(kernels, p, row, row_end, first, last, scratch + part * panel);
    else
      product_block(kernels, p, columns, row, row_end, first, last);
  });
}

void multiply(const Kernels& kernels, const RowBlock& rows, const Columns& columns, std::int64_t first,
              std::int64_t last, float* c, std::int64_t c_step, const Epilogue& epilogue) {
  const std::int64_t width = kernels.strip();
  for (std::int64_t s = first; s < last; ++s) {
    const std::int64_t column = s * width, count = std::min(width, columns.count - column);
    const std::int64_t rest = count % kernels.lanes;
    const auto vectors = static_cast<std::size_t>((count + kernels.lanes - 1) / kernels.lanes);
    const auto& tiles = rest ? kernels.partial[vectors] : kernels.full[vectors];
    Tile tile{nullptr,
              rows.runs,
              rows.length,
              columns.b + s * columns.panel,
              columns.packed ? count : columns.b_step,
              nullptr,
              c_step,
              rest,
              {}};
    for (std::int64_t row = 0; row < rows.rows; row += rows.rows_per_tile) {
      tile.rows = rows.pointers + row * rows.runs;
      tile.c = c + row * c_step + column;
      tile.epilogue = moved(epilogue, row, column, c_step);
      tiles[static_cast<std::size_t>(std::min(rows.rows_per_tile, rows.rows - row))](tile);
    }
  }
}

void pack(const Kernels& kernels, const float* b, std::int64_t b_step, std::int64_t depth, std::int64_t columns,
          float* packed) {
  for (std::int64_t column = 0; column < columns; column += kernels.strip()) {
    const std::int64_t count = std::min(kernels.strip(), columns - column);
    for (std::int64_t k = 0; k < depth; ++k, packed += count)
      std::memcpy(packed, b + k * b_step + column, static_cast<std::size_t>(count) * sizeof(float));
  }
}

}  // namespace keratin::gemm
