// Matrix products in float32: tiles held in registers, reading A by row pointers and B as it lies in memory
// (row-major K × N) or packed in panels; both add up in the same order. Used by dot and convolution.
#pragma once

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

// A few rows times one strip of columns. B has runs · length rows; rows[run · count + r] is where row r of A
// starts in that run.
struct Tile {
  const float* const* rows;
  std::int64_t runs, length;
  const float* b;
  std::int64_t b_step;
  float* c;
  std::int64_t c_step;
  std::int64_t rest;  // lanes of the last vector, when it is not full
  Epilogue epilogue;  // already moved to this tile
};
using TileFunction = void (*)(const Tile&);

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

constexpr int most_vectors = 4, most_rows = 12, most_streamed = 4;

struct Kernels {
  std::int64_t lanes;                              // of one vector
  int widest;                                      // vectors per strip
  std::array<int, most_vectors + 1> rows_at_most;  // per number of vectors
  // [vectors][rows]; partial: the last vector has Tile::rest lanes
  std::array<std::array<TileFunction, most_rows + 1>, most_vectors + 1> full, partial;
  std::array<StreamFunction, most_streamed + 1> stream;  // [rows]

  std::int64_t strip() const { return lanes * widest; }
};
// Those of the machine (simd::choose_isa).
const Kernels& kernels();

// Rows of A that run together through all strips: what their pointers name stays in the L2 cache.
struct RowBlock {
  const float* const* pointers;  // groups of rows_per_tile rows (the last has what is left), each [run][row]
  std::int64_t rows, rows_per_tile;
  std::int64_t runs, length;
};

struct Columns {
  const float* b;
  std::int64_t count;   // N
  std::int64_t b_step;  // from one row of B to the next; packed: the width of each strip
  std::int64_t panel;   // from one strip's first row to the next strip's
  bool packed;
};

// Strips [first, last) of one row block. c points at its first row.
void multiply(const Kernels& kernels, const RowBlock& rows, const Columns& columns, std::int64_t first,
              std::int64_t last, float* c, std::int64_t c_step, const Epilogue& epilogue);

inline std::int64_t strips(const Kernels& kernels, std::int64_t columns) {
  return (columns + kernels.strip() - 1) / kernels.strip();
}

// B (depth × columns, row-major) in panels of one strip each, in order; the last as wide as what is left.
void pack(const Kernels& kernels, const float* b, std::int64_t b_step, std::int64_t depth,
          std::int64_t columns, float* packed);
// How B is read: raw, or packed by pack.
inline Columns raw_columns(const Kernels& kernels, const float* b, std::int64_t b_step,
                           std::int64_t columns) {
  return {b, columns, b_step, kernels.strip(), false};
}
inline Columns packed_columns(const Kernels& kernels, const float* packed, std::int64_t depth,
                              std::int64_t columns) {
  return {packed, columns, 0, depth * kernels.strip(), true};
}

// Where the rows of A are: a matrix, or the pixels under a convolution's window.
class RowSource {
 public:
  virtual ~RowSource() = default;
  // Pointers of rows [begin, begin + count), laid out as in RowBlock. edge: memory for rows put together.
  virtual void fill(std::int64_t begin, std::int64_t count, std::int64_t rows_per_tile,
                    const float** pointers, float* edge) const = 0;
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
  std::int64_t edge = 0;      // floats that RowSource::fill wants per row
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
// Whether packing B would help at all: few rows stream B as it is, and one strip is a panel already.
bool wants_packing(const Kernels& kernels, const Sizes& sizes);
void product(const Kernels& kernels, const Sizes& sizes, const Product& p, void* scratch, Team* team);

// The rows of a row-major matrix.
class MatrixRows final : public RowSource {
 public:
  MatrixRows(const float* a, std::int64_t step) : a_(a), step_(step) {}
  void fill(std::int64_t begin, std::int64_t count, std::int64_t, const float** pointers,
            float*) const override {
    for (std::int64_t i = 0; i < count; ++i) pointers[i] = a_ + (begin + i) * step_;
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
