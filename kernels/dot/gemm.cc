#include "kernels/dot/gemm.h"

#include <algorithm>
#include <cstring>

namespace keratin::gemm {
namespace {

// What one thread has of the scratch memory.
struct Workspace {
  float* panel;            // a strip of B
  const float** pointers;  // of one block of rows
  float* edge;
  void* finish;
};

std::size_t rounded(std::int64_t bytes) { return static_cast<std::size_t>((bytes + 63) / 64 * 64); }

struct Plan {
  Plan(const Kernels& kernels, const Sizes& sizes) {
    const auto vectors =
        std::min<std::int64_t>(kernels.widest, (sizes.columns + kernels.lanes - 1) / kernels.lanes);
    most = kernels.rows_at_most[static_cast<std::size_t>(vectors)];
    // a block's rows of A stay in the L2 cache, its pointers in the L1 cache; blocks of about the same size
    const std::int64_t runs = std::max<std::int64_t>(sizes.runs, 1),
                       rows = std::max<std::int64_t>(sizes.rows, 1);
    block = std::min<std::int64_t>(
        {131072 / std::max<std::int64_t>(sizes.length, 1), 4096 / runs, std::int64_t{256}});
    block = std::max(block / most * most, most);
    const std::int64_t blocks = (rows + block - 1) / block, each = (rows + blocks - 1) / blocks;
    block = std::min((each + most - 1) / most * most, rows);
    const bool packs = wants_packing(kernels, sizes);
    panel = rounded(packs ? sizes.depth() * std::min(sizes.columns, kernels.strip()) * 4 : 0);
    pointers = rounded(block * runs * 8);
    edge = rounded(block * sizes.edge * 4);
    finish = sizes.finish ? rounded(static_cast<std::int64_t>(sizes.finish->scratch_bytes())) : 0;
  }
  std::size_t bytes() const { return panel + pointers + edge + finish; }
  Workspace workspace(void* scratch, std::int64_t part) const {
    auto* at = static_cast<std::byte*>(scratch) + static_cast<std::size_t>(part) * bytes();
    return {reinterpret_cast<float*>(at), reinterpret_cast<const float**>(at + panel),
            reinterpret_cast<float*>(at + panel + pointers), at + panel + pointers + edge};
  }
  std::int64_t most = 1, block = 1;
  std::size_t panel = 0, pointers = 0, edge = 0, finish = 0;
};

struct Part {
  std::int64_t begin, end;   // rows
  std::int64_t first, last;  // strips
};

// One part with B as columns says. finish: when the part has all strips.
void product_part(const Kernels& kernels, const Sizes& sizes, const Product& p, const Plan& plan,
                  const Workspace& work, const Columns& columns, const Part& part, bool finish) {
  for (std::int64_t row = part.begin; row < part.end; row += plan.block) {
    const std::int64_t count = std::min(plan.block, part.end - row),
                       tiles = (count + plan.most - 1) / plan.most;
    const RowBlock rows{work.pointers, count, (count + tiles - 1) / tiles, sizes.runs, sizes.length};
    p.a->fill(row, count, rows.rows_per_tile, work.pointers, work.edge);
    float* c = p.c + row * p.c_step;
    multiply(kernels, rows, columns, part.first, part.last, c, p.c_step, p.epilogue.moved(0, row * p.c_step));
    if (finish) sizes.finish->run(c, count * p.c_step, work.finish);
  }
}

// Raw B: each strip is made a panel first, which pays from a handful of rows on.
void product_raw(const Kernels& kernels, const Sizes& sizes, const Product& p, const Plan& plan,
                 const Workspace& work, const Part& part) {
  for (std::int64_t s = part.first; s < part.last; ++s) {
    const std::int64_t column = s * kernels.strip();
    const std::int64_t count = std::min(kernels.strip(), sizes.columns - column);
    pack(kernels, p.b + column, sizes.b_step, sizes.depth(), count, work.panel);
    Columns columns = packed_columns(kernels, work.panel, sizes.depth(), sizes.columns);
    columns.b -= s * columns.panel;
    product_part(kernels, sizes, p, plan, work, columns, {part.begin, part.end, s, s + 1}, false);
  }
}

void stream(const Kernels& kernels, const Sizes& sizes, const Product& p, Team* team) {
  const std::int64_t all = strips(kernels, sizes.columns);
  const std::int64_t parts = useful_parts(*team, sizes.columns * sizes.depth());
  std::array<const float*, most_streamed> rows;
  p.a->fill(0, sizes.rows, sizes.rows, rows.data(), nullptr);
  run_parts(team, parts, [&](std::int64_t part) {
    const std::int64_t begin = all * part / parts * kernels.strip();
    const std::int64_t end = std::min(sizes.columns, all * (part + 1) / parts * kernels.strip());
    kernels.stream[static_cast<std::size_t>(sizes.rows)]({rows.data(), sizes.depth(), p.b + begin,
                                                          sizes.b_step, p.c + begin, p.c_step, end - begin,
                                                          p.epilogue.moved(begin)});
  });
}

bool streams(const Sizes& sizes) { return sizes.rows <= most_streamed && sizes.runs == 1 && sizes.edge == 0; }

}  // namespace

bool wants_packing(const Kernels& kernels, const Sizes& sizes) {
  return !streams(sizes) && !(sizes.columns <= kernels.strip() && sizes.columns == sizes.b_step);
}

std::size_t product_scratch(const Kernels& kernels, const Sizes& sizes, int threads) {
  return static_cast<std::size_t>(threads) * Plan(kernels, sizes).bytes();
}

void product(const Kernels& kernels, const Sizes& sizes, const Product& p, void* scratch, Team* team) {
  if (sizes.rows == 0 || sizes.columns == 0) return;
  const std::int64_t all = strips(kernels, sizes.columns);
  const Plan plan(kernels, sizes);
  bool finished = false;
  if (streams(sizes) && all > 1) {
    stream(kernels, sizes, p, team);
  } else {
    const bool raw = !p.packed && wants_packing(kernels, sizes);
    const std::int64_t parts = useful_parts(*team, sizes.rows * sizes.columns * sizes.depth());
    // by rows when there are enough, else by strips
    const bool by_rows = parts == 1 || sizes.rows >= 2 * plan.most * parts || all < parts;
    finished = by_rows && !raw;
    const Columns columns = p.packed ? packed_columns(kernels, p.packed, sizes.depth(), sizes.columns)
                                     : raw_columns(kernels, p.b, sizes.b_step, sizes.columns);
    run_parts(team, parts, [&](std::int64_t i) {
      const std::int64_t of = by_rows ? sizes.rows : all, begin = of * i / parts, end = of * (i + 1) / parts;
      const Part part = by_rows ? Part{begin, end, 0, all} : Part{0, sizes.rows, begin, end};
      const Workspace work = plan.workspace(scratch, i);
      if (raw)
        product_raw(kernels, sizes, p, plan, work, part);
      else
        product_part(kernels, sizes, p, plan, work, columns, part, finished && sizes.finish);
    });
  }
  if (sizes.finish && !finished)
    sizes.finish->run(p.c, sizes.rows * p.c_step, plan.workspace(scratch, 0).finish);
}

void multiply(const Kernels& kernels, const RowBlock& rows, const Columns& columns, std::int64_t first,
              std::int64_t last, float* c, std::int64_t c_step, const Epilogue& epilogue) {
  const std::int64_t width = kernels.strip();
  for (std::int64_t s = first; s < last; ++s) {
    const std::int64_t column = s * width, count = std::min(width, columns.count - column);
    const std::int64_t rest = count % kernels.lanes;
    const auto vectors = static_cast<std::size_t>((count + kernels.lanes - 1) / kernels.lanes);
    const auto& tiles = rest ? kernels.partial[vectors] : kernels.full[vectors];
    Tile tile{};
    tile.runs = rows.runs;
    tile.length = rows.length;
    tile.b = columns.b + s * columns.panel;
    tile.b_step = columns.packed ? count : columns.b_step;
    tile.c_step = c_step;
    tile.rest = rest;
    for (std::int64_t row = 0; row < rows.rows; row += rows.rows_per_tile) {
      tile.rows = rows.pointers + row * rows.runs;
      tile.c = c + row * c_step + column;
      tile.epilogue = epilogue.moved(column, row * c_step + column);
      tiles[static_cast<std::size_t>(std::min(rows.rows_per_tile, rows.rows - row))](tile);
    }
  }
}

void pack(const Kernels& kernels, const float* b, std::int64_t b_step, std::int64_t depth,
          std::int64_t columns, float* packed) {
  for (std::int64_t column = 0; column < columns; column += kernels.strip()) {
    const std::int64_t count = std::min(kernels.strip(), columns - column);
    for (std::int64_t k = 0; k < depth; ++k, packed += count)
      std::memcpy(packed, b + k * b_step + column, static_cast<std::size_t>(count) * sizeof(float));
  }
}

}  // namespace keratin::gemm
