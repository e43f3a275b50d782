// Matrix products in float32: tiles held in registers. A is read where it lies, by the places of its rows; B
// (row-major K × N) in panels of a few columns, made beforehand or on the way. Used by dot and convolution.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "runtime/core/threads.h"

namespace keratin::gemm {

// What happens to a sum before it is stored: min(max(sum · scale + shift + add, low), high).
struct Epilogue {
  const float* scale = nullptr;  // per column
  const float* shift = nullptr;  // per column
  const float* add = nullptr;    // laid out like C
  bool clamp = false;
  float low = 0, high = 0;

  Epilogue moved(std::int64_t column, std::int64_t add_elements) const {
    Epilogue at = *this;
    if (scale) at.scale += column;
    if (shift) at.shift += column;
    if (add) at.add += add_elements;
    return at;
  }
  Epilogue moved(std::int64_t column) const { return moved(column, column); }
};

// Where sums go, after the epilogue (already moved to the first of them).
struct Target {
  float* c;
  std::int64_t c_step;
  std::int64_t rest;  // lanes of the last vector, when it is not full; else 0
  Epilogue epilogue;
};

constexpr int most_vectors = 4, most_rows = 14, most_streamed = 4;
constexpr int tile_turn = 4;  // rows of B that a tile takes at a time

// Rows of A are named in threes: the second and third follow the first at a step.
constexpr int thirds(int rows) { return (rows + 2) / 3; }
constexpr std::int64_t thirds(std::int64_t rows) { return (rows + 2) / 3; }

// Where the rows of a tile start in one run of the depth. Tiles across take the columns of a matrix: the
// first start alone counts, rows lie next to each other, and step leads to the next k.
struct TileRun {
  std::array<const float*, thirds(most_rows)> starts;
  std::int64_t step;
};

// A few rows times one panel: a strip of columns of B, its rows (run after run) one after another.
struct Tile {
  const TileRun* runs;
  std::int64_t run_count, length;  // B has run_count · length rows
  const float* b;
  const char* ahead;  // memory that is wanted soon: the next ahead_step <= 128 bytes at each turn
  std::int64_t ahead_step;
  Target to;
  // Packing tiles alone: they read B as it lies in memory and leave the panel behind.
  std::int64_t b_step = 0;
  float* panel = nullptr;
};
using TileFunction = void (*)(const Tile&);

// One to four rows of A times columns of B that fit the registers, B as it lies in memory.
struct Few {
  const float* const* rows;
  std::int64_t depth;
  const float* b;
  std::int64_t b_step;
  Target to;
};
using FewFunction = void (*)(const Few&);

// One to four rows of A times all of B, read row after row as it streams in from memory: what pays when each
// element of B is used only that often.
struct Stream {
  const float* const* rows;
  std::int64_t depth;
  const float* b;
  std::int64_t b_step;
  float* c;
  std::int64_t c_step, columns;
  Epilogue epilogue;
};
using StreamFunction = void (*)(const Stream&);

// count columns of B, depth rows, in a panel of whole vectors; what is missing is 0. Across: B's columns are
// the rows of a matrix.
using PackFunction = void (*)(const float* b, std::int64_t b_step, std::int64_t depth, std::int64_t count,
                              float* panel);

struct Kernels {
  std::int64_t lanes;                              // of one vector
  int widest, widest_few;                          // vectors per tile; when there are few rows
  std::array<int, most_vectors + 1> rows_at_most;  // per number of vectors
  std::array<std::array<TileFunction, most_rows + 1>, most_vectors + 1> tile, packing_tile,
      tile_across;  // [vectors][rows]
  std::array<std::array<FewFunction, most_streamed + 1>, most_vectors + 1> few, few_partial;
  std::array<StreamFunction, most_streamed + 1> stream;  // [rows]
  PackFunction pack, pack_across;

  std::int64_t strip() const { return lanes * widest; }
  std::int64_t vectors(std::int64_t columns) const { return (columns + lanes - 1) / lanes; }
};
// Those of the machine (simd::isa).
const Kernels& kernels();

inline std::int64_t strips(const Kernels& kernels, std::int64_t columns) {
  return (columns + kernels.strip() - 1) / kernels.strip();
}
// Floats of a whole packed B.
inline std::int64_t packed_size(const Kernels& kernels, std::int64_t depth, std::int64_t columns) {
  return depth * kernels.vectors(columns) * kernels.lanes;
}
// B in panels of one strip each, in order; the last as wide as it needs to be.
void pack(const Kernels& kernels, const float* b, std::int64_t b_step, std::int64_t depth,
          std::int64_t columns, float* packed);

// Where the rows of A are: a matrix, or the pixels under a convolution's window.
class RowSource {
 public:
  virtual ~RowSource() = default;
  // The runs of rows [begin, begin + count), tile after tile. edge: memory for rows put together.
  virtual void fill(std::int64_t begin, std::int64_t count, std::int64_t rows_per_tile, TileRun* runs,
                    float* edge) const = 0;
};
// What is done to finished rows, besides the epilogue; they are dense.
class Finish {
 public:
  virtual ~Finish() = default;
  virtual std::size_t scratch_bytes() const = 0;
  virtual void run(float* values, std::int64_t count, void* scratch) const = 0;
};

struct Sizes {
  std::int64_t rows, columns;
  std::int64_t runs, length;  // runs · length rows of B
  std::int64_t b_step;        // raw
  std::int64_t line = 1;      // rows that lie together: a tile shouldn't hold parts of two lines
  std::int64_t edge = 0;      // floats that RowSource::fill wants for three rows of one tile
  bool across = false;        // A's rows are the columns of a matrix
  bool b_across = false;      // B's columns are the rows of a matrix; not for few rows
  const Finish* finish = nullptr;
  std::int64_t depth() const { return runs * length; }
};
struct Product {
  const RowSource* a;
  const float* b;       // raw
  const float* packed;  // the same by pack, or null
  float* c;
  std::int64_t c_step;
  Epilogue epilogue;
};
// Scratch memory that product wants.
std::size_t product_scratch(const Kernels& kernels, const Sizes& sizes, int threads);
// Whether packing B beforehand helps: few rows stream B as it is, and one strip may be a panel already.
bool wants_packing(const Kernels& kernels, const Sizes& sizes);
void product(const Kernels& kernels, const Sizes& sizes, const Product& p, void* scratch, Team* team);

// The rows of a row-major matrix.
class MatrixRows final : public RowSource {
 public:
  MatrixRows(const float* a, std::int64_t step) : a_(a), step_(step) {}
  void fill(std::int64_t begin, std::int64_t count, std::int64_t rows_per_tile, TileRun* runs,
            float*) const override {
    for (std::int64_t row = 0; row < count; row += rows_per_tile, ++runs) {
      const std::int64_t groups = thirds(std::min(rows_per_tile, count - row));
      for (std::int64_t g = 0; g < groups; ++g)
        runs->starts[static_cast<std::size_t>(g)] = a_ + (begin + row + 3 * g) * step_;
      runs->step = step_;
    }
  }

 private:
  const float* a_;
  std::int64_t step_;
};

// The columns of a row-major matrix, as Sizes::across wants them.
class MatrixColumns final : public RowSource {
 public:
  MatrixColumns(const float* a, std::int64_t step) : a_(a), step_(step) {}
  void fill(std::int64_t begin, std::int64_t count, std::int64_t rows_per_tile, TileRun* runs,
            float*) const override {
    for (std::int64_t row = 0; row < count; row += rows_per_tile, ++runs) {
      runs->starts[0] = a_ + begin + row;
      runs->step = step_;
    }
  }

 private:
  const float* a_;
  std::int64_t step_;
};

// Calls body(part) for 0 <= part < parts on the team's threads; parts <= team->threads().
template <class Body>
void run_parts(Team* team, std::int64_t parts, const Body& body) {
  team->parallel_for(parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t part = begin; part < end; ++part) body(part);
  });
}
// Threads worth waking for so many multiply-adds: a hand-off costs a few microseconds.
inline std::int64_t useful_parts(const Team& team, std::int64_t multiply_adds) {
  constexpr std::int64_t least = std::int64_t{1} << 20;
  const std::int64_t parts = multiply_adds / least;
  return parts < 1 ? 1 : parts < team.threads() ? parts : team.threads();
}

}  // namespace keratin::gemm
