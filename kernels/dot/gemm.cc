#include "kernels/dot/gemm.h"

#include "runtime/core/align.h"

namespace keratin::gemm {
namespace {

// From so many tiles of rows on, each thread can make the panels for itself.
constexpr std::int64_t many_tiles = 4;

// A packed B of at most so many bytes stays in the L2 cache beside a block of rows.
constexpr std::int64_t small_b = 256 << 10;

bool few_rows(const Sizes& sizes) {
  return sizes.rows <= most_streamed && sizes.runs == 1 && sizes.edge == 0 && !sizes.across;
}

// The depth that is summed at once. A deep one goes in pieces whose part of A stays in the caches; what is
// summed so far waits in C.
std::int64_t depth_at_once(const Sizes& sizes) {
  constexpr std::int64_t deep = 2048, piece = 512, piece_across = 256;
  if (sizes.across) return std::min(sizes.length, piece_across);
  return sizes.runs == 1 && sizes.edge == 0 && sizes.length > deep ? piece : sizes.length;
}
// Only a shift can follow the last piece as it follows a whole sum.
bool can_be_cut(const Epilogue& e) { return !e.scale && !e.add; }

// One strip that lies in memory as a panel would.
bool is_panel(const Kernels& kernels, const Sizes& sizes) {
  return sizes.columns <= kernels.strip() && sizes.columns % kernels.lanes == 0 &&
         sizes.columns == sizes.b_step && !sizes.b_across;
}

// What one thread has of the scratch memory.
struct Workspace {
  float* panel;   // a strip of B
  TileRun* runs;  // of one block of rows
  float* edge;
  void* finish;
};

std::size_t rounded(std::int64_t bytes) { return aligned(static_cast<std::size_t>(bytes)); }

// Rows of a tile, at most `most`: a divisor of the line if a good one is there.
std::int64_t tile_rows(std::int64_t line, std::int64_t most) {
  for (std::int64_t rows = most; 2 * rows >= most; --rows)
    if (line % rows == 0) return rows;
  return most;
}

// How the rows are cut: in blocks whose rows of A stay in the L2 cache, these in tiles of about the same
// size.
struct Plan {
  Plan(const Kernels& kernels, const Sizes& sizes) : at_once(depth_at_once(sizes)) {
    const auto vectors = std::min<std::int64_t>(kernels.widest, kernels.vectors(sizes.columns));
    most = tile_rows(sizes.line, kernels.rows_at_most[static_cast<std::size_t>(vectors)]);
    const std::int64_t runs = std::max<std::int64_t>(sizes.runs, 1),
                       rows = std::max<std::int64_t>(sizes.rows, 1);
    block =
        std::min<std::int64_t>({131072 / std::max<std::int64_t>(at_once, 1), 8192 / runs, std::int64_t{256}});
    block = std::max(block / most * most, most);
    const std::int64_t blocks = (rows + block - 1) / block, each = (rows + blocks - 1) / blocks;
    block = std::min((each + most - 1) / most * most, rows);
    const std::int64_t tiles = (block + most - 1) / most;
    panel = is_panel(kernels, sizes)
                ? 0
                : rounded(packed_size(kernels, sizes.depth(), std::min(sizes.columns, kernels.strip())) * 4);
    table = rounded(tiles * runs * static_cast<std::int64_t>(sizeof(TileRun)));
    edge = rounded(tiles * thirds(most) * sizes.edge * 4);
    finish = sizes.finish ? rounded(static_cast<std::int64_t>(sizes.finish->scratch_bytes())) : 0;
  }
  std::size_t bytes() const { return panel + table + edge + finish; }
  Workspace workspace(void* scratch, std::int64_t part) const {
    auto* at = static_cast<std::byte*>(scratch) + static_cast<std::size_t>(part) * bytes();
    return {reinterpret_cast<float*>(at), reinterpret_cast<TileRun*>(at + panel),
            reinterpret_cast<float*>(at + panel + table), at + panel + table + edge};
  }
  std::int64_t at_once;
  std::int64_t most = 1, block = 1;
  std::size_t panel = 0, table = 0, edge = 0, finish = 0;
};

struct Part {
  std::int64_t begin, end;   // rows
  std::int64_t first, last;  // strips
};

// The product of one thread's part.
class PartProduct {
 public:
  PartProduct(const Kernels& kernels, const Sizes& sizes, const Product& p, const Plan& plan,
              const Workspace& work)
      : kernels_(kernels), sizes_(sizes), p_(p), plan_(plan), work_(work) {}

  // finish: the part has all strips of its rows.
  void run(const Part& part, bool finish) const {
    const std::int64_t at_once =
        std::max<std::int64_t>(1, can_be_cut(p_.epilogue) ? plan_.at_once : sizes_.length);
    for (std::int64_t row = part.begin; row < part.end; row += plan_.block) {
      const std::int64_t count = std::min(plan_.block, part.end - row),
                         tiles = (count + plan_.most - 1) / plan_.most, each = (count + tiles - 1) / tiles;
      for (std::int64_t k = 0; k < sizes_.length || k == 0; k += at_once) {
        p_.a->fill(row, count, each, work_.runs, work_.edge);
        const Piece piece{k, std::min(at_once, sizes_.length - k)};
        if (k > 0) advance(tiles, k);
        if (whole_rows_first(piece))
          for (std::int64_t at = 0; at < count; at += each)
            run_strips(part, row + at, std::min(each, count - at), each, piece,
                       work_.runs + at / each * sizes_.runs);
        else
          run_strips(part, row, count, each, piece, work_.runs);
      }
      if (finish) sizes_.finish->run(p_.c + row * p_.c_step, count * p_.c_step, work_.finish);
    }
  }

 private:
  // Of the depth.
  struct Piece {
    std::int64_t first, length;
  };
  void advance(std::int64_t tiles, std::int64_t k) const {
    for (std::int64_t i = 0; i < tiles; ++i)
      for (const float*& start : work_.runs[i].starts) start += sizes_.across ? k * work_.runs[i].step : k;
  }
  bool is_whole(const Piece& piece) const { return piece.length == sizes_.length; }

  // Results are then written in the order of memory, which asks less of it than column after column does.
  bool whole_rows_first(const Piece& piece) const {
    return p_.packed && is_whole(piece) &&
           packed_size(kernels_, sizes_.depth(), sizes_.columns) * 4 <= small_b;
  }

  void run_strips(const Part& part, std::int64_t row, std::int64_t count, std::int64_t each,
                  const Piece& piece, const TileRun* runs) const {
    for (std::int64_t strip = part.first; strip < part.last; ++strip)
      run_strip(row, count, each, strip, piece, strip + 1 < part.last, runs);
  }

  // Null: the first tile makes it.
  const float* panel(std::int64_t strip, std::int64_t count, const Piece& piece) const {
    const std::int64_t width = kernels_.vectors(count) * kernels_.lanes;
    if (p_.packed) return p_.packed + strip * sizes_.depth() * kernels_.strip() + piece.first * width;
    if (is_panel(kernels_, sizes_)) return p_.b + piece.first * width;
    if (sizes_.b_across) {
      kernels_.pack_across(p_.b + strip * kernels_.strip() * sizes_.b_step + piece.first, sizes_.b_step,
                           piece.length, count, work_.panel);
      return work_.panel;
    }
    if (count % kernels_.lanes == 0 && !sizes_.across) return nullptr;
    kernels_.pack(p_.b + strip * kernels_.strip() + piece.first * sizes_.b_step, sizes_.b_step,
                  piece.length * sizes_.runs, count, work_.panel);
    return work_.panel;
  }

  // Rows [row, row + count), tiles of `each` rows with these runs, of one strip. more: the next strip
  // follows.
  void run_strip(std::int64_t row, std::int64_t count, std::int64_t each, std::int64_t strip,
                 const Piece& piece, bool more, const TileRun* runs) const {
    const std::int64_t column = strip * kernels_.strip(),
                       columns = std::min(kernels_.strip(), sizes_.columns - column);
    const auto vectors = static_cast<std::size_t>(kernels_.vectors(columns));
    Tile tile{runs, sizes_.runs, piece.length, panel(strip, columns, piece), nullptr, 0, {}};
    const bool packs = !tile.b;
    if (packs) {
      tile.b = p_.b + column + piece.first * sizes_.b_step;
      tile.b_step = sizes_.b_step, tile.panel = work_.panel;
    }
    tile.to.c_step = p_.c_step;
    tile.to.rest = columns % kernels_.lanes;
    const bool looks = more && p_.packed && is_whole(piece) && !whole_rows_first(piece);
    Ahead next = looks ? ahead(column + kernels_.strip(), count, each) : Ahead{};
    const auto& tiles = sizes_.across ? kernels_.tile_across : kernels_.tile;
    for (std::int64_t at = row; at < row + count; at += each, tile.runs += sizes_.runs) {
      next.take(tile);
      const std::int64_t first = at * p_.c_step + column;
      tile.to.c = p_.c + first;
      tile.to.epilogue = epilogue_of(piece, column, first);
      const auto rows = static_cast<std::size_t>(std::min(each, row + count - at));
      (packs && at == row ? kernels_.packing_tile : tiles)[vectors][rows](tile);
      if (packs) tile.b = work_.panel;
    }
  }

  // A piece is added to those before it; the last one brings what follows the whole sum.
  Epilogue epilogue_of(const Piece& piece, std::int64_t column, std::int64_t first) const {
    const bool last = piece.first + piece.length == sizes_.length;
    Epilogue epilogue = last ? p_.epilogue.moved(column, first) : Epilogue{};
    if (piece.first > 0) epilogue.add = p_.c + first;
    return epilogue;
  }

  // What the tiles fetch into the cache meanwhile, in equal parts: memory answers slowly, and only so much is
  // on its way at a time.
  struct Ahead {
    const char* from = nullptr;
    std::int64_t step = 0, per_tile = 0;
    void take(Tile& tile) {
      tile.ahead = from ? from : reinterpret_cast<const char*>(tile.runs);  // that is in the cache already
      tile.ahead_step = step;
      from += per_tile;
    }
  };
  // The panel of the strip at `column`.
  Ahead ahead(std::int64_t column, std::int64_t count, std::int64_t each) const {
    const std::int64_t turns = sizes_.runs * (sizes_.length / tile_turn);
    if (turns == 0) return {};
    const std::int64_t tiles = (count + each - 1) / each,
                       bytes = packed_size(kernels_, sizes_.depth(),
                                           std::min(kernels_.strip(), sizes_.columns - column)) *
                               static_cast<std::int64_t>(sizeof(float)),
                       step = std::min<std::int64_t>((bytes + tiles * turns - 1) / (tiles * turns), 128);
    return {reinterpret_cast<const char*>(p_.packed + column * sizes_.depth()), step, step * turns};
  }

  const Kernels& kernels_;
  const Sizes& sizes_;
  const Product& p_;
  const Plan& plan_;
  const Workspace& work_;
};

// Rows of A that a matrix has, as pointers.
void few_pointers(const Sizes& sizes, const Product& p, const float** rows) {
  TileRun run{};
  p.a->fill(0, sizes.rows, sizes.rows, &run, nullptr);
  for (std::int64_t r = 0; r < sizes.rows; ++r)
    rows[r] = run.starts[static_cast<std::size_t>(r / 3)] + r % 3 * run.step;
}

void multiply_few(const Kernels& kernels, const Sizes& sizes, const Product& p, const float* const* rows) {
  const std::int64_t rest = sizes.columns % kernels.lanes;
  const auto vectors = static_cast<std::size_t>(kernels.vectors(sizes.columns));
  const auto& functions = rest ? kernels.few_partial[vectors] : kernels.few[vectors];
  functions[static_cast<std::size_t>(sizes.rows)](
      {rows, sizes.length, p.b, sizes.b_step, {p.c, p.c_step, rest, p.epilogue}});
}

void stream(const Kernels& kernels, const Sizes& sizes, const Product& p, const float* const* rows,
            Team* team) {
  const std::int64_t all = strips(kernels, sizes.columns);
  const std::int64_t parts = useful_parts(*team, sizes.columns * sizes.depth());
  run_parts(team, parts, [&](std::int64_t part) {
    const std::int64_t begin = all * part / parts * kernels.strip();
    const std::int64_t end = std::min(sizes.columns, all * (part + 1) / parts * kernels.strip());
    kernels.stream[static_cast<std::size_t>(sizes.rows)]({rows, sizes.depth(), p.b + begin, sizes.b_step,
                                                          p.c + begin, p.c_step, end - begin,
                                                          p.epilogue.moved(begin)});
  });
}

}  // namespace

bool wants_packing(const Kernels& kernels, const Sizes& sizes) {
  return !few_rows(sizes) && !is_panel(kernels, sizes);
}

std::size_t product_scratch(const Kernels& kernels, const Sizes& sizes, int threads) {
  return static_cast<std::size_t>(threads) * Plan(kernels, sizes).bytes();
}

void product(const Kernels& kernels, const Sizes& sizes, const Product& p, void* scratch, Team* team) {
  if (sizes.rows == 0 || sizes.columns == 0) return;
  const Plan plan(kernels, sizes);
  bool finished = false;
  if (few_rows(sizes)) {
    std::array<const float*, most_streamed> rows{};
    few_pointers(sizes, p, rows.data());
    if (kernels.vectors(sizes.columns) <= kernels.widest_few)
      multiply_few(kernels, sizes, p, rows.data());
    else
      stream(kernels, sizes, p, rows.data(), team);
  } else {
    const std::int64_t all = strips(kernels, sizes.columns);
    const std::int64_t parts = useful_parts(*team, sizes.rows * sizes.columns * sizes.depth());
    // by rows when there are enough, else by strips; the same for raw and packed B, for equal bits
    const bool by_rows = parts == 1 || sizes.rows >= many_tiles * plan.most * parts || all < parts;
    finished = by_rows && sizes.finish;
    run_parts(team, parts, [&](std::int64_t i) {
      const std::int64_t of = by_rows ? sizes.rows : all, begin = of * i / parts, end = of * (i + 1) / parts;
      const Part part = by_rows ? Part{begin, end, 0, all} : Part{0, sizes.rows, begin, end};
      const Workspace work = plan.workspace(scratch, i);
      PartProduct(kernels, sizes, p, plan, work).run(part, finished);
    });
  }
  if (sizes.finish && !finished)
    sizes.finish->run(p.c, sizes.rows * p.c_step, plan.workspace(scratch, 0).finish);
}

void pack(const Kernels& kernels, const float* b, std::int64_t b_step, std::int64_t depth,
          std::int64_t columns, float* packed) {
  for (std::int64_t column = 0; column < columns; column += kernels.strip()) {
    const std::int64_t count = std::min(kernels.strip(), columns - column);
    kernels.pack(b + column, b_step, depth, count, packed);
    packed += packed_size(kernels, depth, count);
  }
}

}  // namespace keratin::gemm
