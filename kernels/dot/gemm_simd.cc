// The tiles of gemm.h, compiled once per instruction set.
#include <utility>

#include "kernels/dot/gemm.h"
#include "kernels/simd/isa.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/dot/gemm_simd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/simd/partial.h"

HWY_BEFORE_NAMESPACE();
namespace keratin::gemm::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using simd::HWY_NAMESPACE::clamped;
using simd::HWY_NAMESPACE::D;
using simd::HWY_NAMESPACE::lanes;
using simd::HWY_NAMESPACE::load;
using simd::HWY_NAMESPACE::load_part;
using simd::HWY_NAMESPACE::store_part;
using simd::HWY_NAMESPACE::V;
constexpr D d;

// Vectors and rows of a tile that fill the registers (32 of AVX-512 and NEON, 16 of the others), and the
// vectors of a few rows.
#if HWY_TARGET == HWY_AVX3
constexpr int widest = 2, widest_few = 4;
constexpr int rows_at_most[] = {0, 14, 14};
#elif HWY_TARGET == HWY_NEON
constexpr int widest = 4, widest_few = 4;
constexpr int rows_at_most[] = {0, 14, 12, 8, 6};
#else
constexpr int widest = 2, widest_few = 2;
constexpr int rows_at_most[] = {0, 12, 6};
#endif

template <int rows, int vectors, bool partial>
HWY_INLINE void finish(V (&sum)[rows][vectors], const Target& t) {
  const Epilogue& e = t.epilogue;
  if (e.scale || e.shift) {
    HWY_UNROLL(4)
    for (int v = 0; v < vectors; ++v) {
      const bool last = partial && v == vectors - 1;
      V scale = hn::Set(d, 1.0f), shift = hn::Zero(d);
      if (e.scale) scale = last ? load_part(e.scale + v * lanes, t.rest) : hn::LoadU(d, e.scale + v * lanes);
      if (e.shift) shift = last ? load_part(e.shift + v * lanes, t.rest) : hn::LoadU(d, e.shift + v * lanes);
      HWY_UNROLL(14)
      for (int r = 0; r < rows; ++r) sum[r][v] = hn::MulAdd(sum[r][v], scale, shift);
    }
  }
  if (e.add) {
    HWY_UNROLL(14)
    for (int r = 0; r < rows; ++r) {
      const float* add = e.add + r * t.c_step;
      HWY_UNROLL(4)
      for (int v = 0; v < vectors; ++v) {
        const bool last = partial && v == vectors - 1;
        sum[r][v] =
            hn::Add(sum[r][v], last ? load_part(add + v * lanes, t.rest) : hn::LoadU(d, add + v * lanes));
      }
    }
  }
  if (e.clamp) {
    const V low = hn::Set(d, e.low), high = hn::Set(d, e.high);
    HWY_UNROLL(14)
    for (int r = 0; r < rows; ++r) {
      HWY_UNROLL(4)
      for (int v = 0; v < vectors; ++v) sum[r][v] = clamped(sum[r][v], low, high);
    }
  }
  HWY_UNROLL(14)
  for (int r = 0; r < rows; ++r) {
    float* c = t.c + r * t.c_step;
    HWY_UNROLL(4)
    for (int v = 0; v < vectors; ++v) {
      if (partial && v == vectors - 1)
        store_part(sum[r][v], c + v * lanes, t.rest);
      else
        hn::StoreU(sum[r][v], d, c + v * lanes);
    }
  }
}

// Fewer sums than the FMA units have in flight: every chain-th k goes to its own set of sums.
template <int rows, int vectors>
constexpr int chains() {
  return rows * vectors >= 6 ? 1 : rows * vectors >= 3 ? 2 : rows * vectors == 2 ? 4 : 8;
}

template <int n, int rows, int vectors>
struct Sums {
  V of[n][rows][vectors];

  HWY_INLINE void clear() {
    HWY_UNROLL(8)
    for (int c = 0; c < n; ++c) {
      HWY_UNROLL(14)
      for (int r = 0; r < rows; ++r) {
        HWY_UNROLL(4)
        for (int v = 0; v < vectors; ++v) of[c][r][v] = hn::Zero(d);
      }
    }
  }
  // All in the first set.
  HWY_INLINE void join() {
    if constexpr (n > 1) {
      HWY_UNROLL(8)
      for (int c = n / 2; c > 0; c /= 2) {
        for (int i = 0; i < c; ++i)
          for (int r = 0; r < rows; ++r)
            for (int v = 0; v < vectors; ++v) of[i][r][v] = hn::Add(of[i][r][v], of[i + c][r][v]);
      }
    }
  }
};

// One k: row b of B, which goes to panel if there is one, times element k of each row of A.
template <int rows, int vectors>
HWY_INLINE void tile_step(V (&sum)[rows][vectors], const float* const (&a)[thirds(rows)], std::int64_t step,
                          int k, const float* b, float* panel) {
  V bv[vectors];
  HWY_UNROLL(4)
  for (int v = 0; v < vectors; ++v) {
    bv[v] = hn::LoadU(d, b + v * lanes);
    if (panel) hn::StoreU(bv[v], d, panel + v * lanes);
  }
  HWY_UNROLL(14)
  for (int r = 0; r < rows; ++r) {
    const V av = hn::Set(d, a[r / 3][r % 3 * step + k]);
    HWY_UNROLL(4)
    for (int v = 0; v < vectors; ++v) sum[r][v] = hn::MulAdd(av, bv[v], sum[r][v]);
  }
}

// Fetches what a tile ends with, one row after another: C to be written, and what is added to it.
template <int rows, int vectors>
class TargetAhead {
 public:
  explicit TargetAhead(const Target& to)
      : c_(to.c), add_(to.epilogue.add ? to.epilogue.add : to.c), step_(to.c_step) {}
  HWY_INLINE void row() {
    HWY_UNROLL(4)
    for (int v = 0; v < vectors; ++v) {
      __builtin_prefetch(c_ + v * lanes, 1, 3);
      __builtin_prefetch(add_ + v * lanes, 0, 3);
    }
    const std::int64_t step = --left_ > 0 ? step_ : 0;
    c_ += step;
    add_ += step;
  }
  void all() {
    while (left_ > 0) row();
  }

 private:
  const float *c_, *add_;
  std::int64_t step_, left_ = rows;
};

// packs: each row of B is used on its way into the panel, which hides how long it takes to come.
template <int rows, int vectors, bool packs>
void tile(const Tile& t) {
  constexpr int n = chains<rows, vectors>(), unrolled = n > tile_turn ? n : tile_turn,
                width = vectors * lanes;
  const std::int64_t b_step = packs ? t.b_step : width;
  float* panel = packs ? t.panel : nullptr;
  Sums<n, rows, vectors> sum;
  sum.clear();
  const float* b = t.b;
  const TileRun* run = t.runs;
  const char* ahead = t.ahead;
  const std::int64_t ahead_step = t.ahead_step;
  TargetAhead<rows, vectors> target(t.to);
  if (t.run_count * t.length < unrolled * rows) target.all();
  for (const TileRun* const end = run + t.run_count; run != end; ++run) {
    const float* a[thirds(rows)];
    for (int g = 0; g < thirds(rows); ++g) a[g] = run->starts[g];
    const std::int64_t step = run->step;
    std::int64_t left = t.length;
    for (; left >= unrolled; left -= unrolled, b += unrolled * b_step) {
      if constexpr (!packs) {
        __builtin_prefetch(ahead, 0, 2);
        __builtin_prefetch(ahead + ahead_step / 2, 0, 2);
        ahead += ahead_step;
      }
      target.row();
      HWY_UNROLL(8)
      for (int k = 0; k < unrolled; ++k) {
        // rows of B lie apart, often on pages of their own: no prefetcher sees them coming
        if constexpr (packs)
          for (int v = 0; v <= vectors; ++v) __builtin_prefetch(b + (k + 16) * b_step + v * lanes - 1);
        tile_step<rows, vectors>(sum.of[k % n], a, step, k, b + k * b_step,
                                 packs ? panel + k * width : nullptr);
      }
      if constexpr (packs) panel += unrolled * width;
      for (int g = 0; g < thirds(rows); ++g) {
        a[g] += unrolled;
        asm("" : "+r"(a[g]));  // else GCC keeps a pointer for each row, more than there are registers
      }
    }
    for (; left > 0; --left, b += b_step) {
      tile_step<rows, vectors>(sum.of[0], a, step, 0, b, packs ? panel : nullptr);
      if constexpr (packs) panel += width;
      for (int g = 0; g < thirds(rows); ++g) ++a[g];
    }
  }
  sum.join();
  if (t.to.rest)
    finish<rows, vectors, true>(sum.of[0], t.to);
  else
    finish<rows, vectors, false>(sum.of[0], t.to);
}

// The rows are columns of a matrix: a line of it holds one k of all of them.
template <int rows, int vectors>
void tile_across(const Tile& t) {
  constexpr int n = chains<rows, vectors>(), width = vectors * lanes;
  constexpr std::int64_t soon = 16;  // lines lie apart, as rows of B in packing tiles
  Sums<n, rows, vectors> sum;
  sum.clear();
  TargetAhead<rows, vectors> target(t.to);
  target.all();
  const float *b = t.b, *a = t.runs->starts[0];
  const std::int64_t step = t.runs->step;
  const auto one = [&](V(&to)[rows][vectors]) HWY_ATTR {
    __builtin_prefetch(a + soon * step);
    __builtin_prefetch(a + soon * step + rows - 1);
    V bv[vectors];
    HWY_UNROLL(4)
    for (int v = 0; v < vectors; ++v) bv[v] = hn::LoadU(d, b + v * lanes);
    HWY_UNROLL(14)
    for (int r = 0; r < rows; ++r) {
      const V av = hn::Set(d, a[r]);
      HWY_UNROLL(4)
      for (int v = 0; v < vectors; ++v) to[r][v] = hn::MulAdd(av, bv[v], to[r][v]);
    }
    a += step;
    b += width;
  };
  std::int64_t left = t.length;
  for (; left >= n; left -= n) {
    HWY_UNROLL(8)
    for (int c = 0; c < n; ++c) one(sum.of[c]);
  }
  for (; left > 0; --left) one(sum.of[0]);
  sum.join();
  if (t.to.rest)
    finish<rows, vectors, true>(sum.of[0], t.to);
  else
    finish<rows, vectors, false>(sum.of[0], t.to);
}

// One to four rows of A times the few columns of B as it lies in memory.
template <int rows, int vectors, bool partial>
void few(const Few& f) {
  constexpr int n = chains<rows, vectors>();
  Sums<n, rows, vectors> sum;
  sum.clear();
  const float* a[rows];
  HWY_UNROLL(4)
  for (int r = 0; r < rows; ++r) a[r] = f.rows[r];
  const float* b = f.b;
  const std::int64_t rest = f.to.rest;
  const auto step = [&](V(&to)[rows][vectors], std::int64_t k) HWY_ATTR {
    V bv[vectors];
    HWY_UNROLL(4)
    for (int v = 0; v < vectors - 1; ++v) bv[v] = hn::LoadU(d, b + v * lanes);
    bv[vectors - 1] = load<partial>(b + (vectors - 1) * lanes, rest);
    HWY_UNROLL(4)
    for (int r = 0; r < rows; ++r) {
      const V av = hn::Set(d, a[r][k]);
      HWY_UNROLL(4)
      for (int v = 0; v < vectors; ++v) to[r][v] = hn::MulAdd(av, bv[v], to[r][v]);
    }
    b += f.b_step;
  };
  std::int64_t k = 0;
  for (; k + n <= f.depth; k += n) {
    HWY_UNROLL(8)
    for (int c = 0; c < n; ++c) step(sum.of[c], k + c);
  }
  for (; k < f.depth; ++k) step(sum.of[0], k);
  sum.join();
  finish<rows, vectors, partial>(sum.of[0], f.to);
}

// c += the next n rows of B, for one vector of columns.
template <int rows, int n, bool partial>
HWY_INLINE void stream_vector(const V (&a)[rows][n], const float* b, std::int64_t b_step, float* c,
                              std::int64_t c_step, std::int64_t rest) {
  V sum[rows];
  HWY_UNROLL(4)
  for (int r = 0; r < rows; ++r) sum[r] = load<partial>(c + r * c_step, rest);
  HWY_UNROLL(8)
  for (int k = 0; k < n; ++k) {
    const V bv = load<partial>(b + k * b_step, rest);
    HWY_UNROLL(4)
    for (int r = 0; r < rows; ++r) sum[r] = hn::MulAdd(a[r][k], bv, sum[r]);
  }
  HWY_UNROLL(4)
  for (int r = 0; r < rows; ++r) {
    if constexpr (partial)
      store_part(sum[r], c + r * c_step, rest);
    else
      hn::StoreU(sum[r], d, c + r * c_step);
  }
}

template <int rows, int n>
HWY_INLINE void stream_rows(const Stream& s, std::int64_t k, std::int64_t first, std::int64_t last) {
  V a[rows][n];
  HWY_UNROLL(4)
  for (int r = 0; r < rows; ++r) {
    HWY_UNROLL(8)
    for (int i = 0; i < n; ++i) a[r][i] = hn::Set(d, s.rows[r][k + i]);
  }
  const float* b = s.b + k * s.b_step;
  std::int64_t column = first;
  for (; column + lanes <= last; column += lanes)
    stream_vector<rows, n, false>(a, b + column, s.b_step, s.c + column, s.c_step, 0);
  if (column < last)
    stream_vector<rows, n, true>(a, b + column, s.b_step, s.c + column, s.c_step, last - column);
}

template <int rows>
void stream(const Stream& s) {
  constexpr int n = rows > 2 ? 4 : 8;
  constexpr std::int64_t block = 4096;  // columns whose sums stay in the L1 cache
  for (std::int64_t first = 0; first < s.columns; first += block) {
    const std::int64_t last = first + block < s.columns ? first + block : s.columns;
    for (int r = 0; r < rows; ++r)
      for (std::int64_t j = first; j < last; ++j) s.c[r * s.c_step + j] = 0;
    std::int64_t k = 0;
    for (; k + n <= s.depth; k += n) stream_rows<rows, n>(s, k, first, last);
    for (; k < s.depth; ++k) stream_rows<rows, 1>(s, k, first, last);
    for (std::int64_t j = first; j < last; j += lanes) {
      V sum[rows][1];
      const Target to{s.c + j, s.c_step, last - j, s.epilogue.moved(j)};
      const bool full = to.rest >= lanes;
      for (int r = 0; r < rows; ++r)
        sum[r][0] = full ? hn::LoadU(d, to.c + r * s.c_step) : load_part(to.c + r * s.c_step, to.rest);
      if (full)
        finish<rows, 1, false>(sum, to);
      else
        finish<rows, 1, true>(sum, to);
    }
  }
}

void pack(const float* b, std::int64_t b_step, std::int64_t depth, std::int64_t count, float* panel) {
  const std::int64_t full = count / lanes, rest = count % lanes;
  for (std::int64_t k = 0; k < depth; ++k, b += b_step) {
    for (std::int64_t v = 0; v < full; ++v, panel += lanes) hn::StoreU(hn::LoadU(d, b + v * lanes), d, panel);
    if (rest == 0) continue;
    hn::StoreU(load_part(b + full * lanes, rest), d, panel);
    panel += lanes;
  }
}

#if HWY_TARGET != HWY_SCALAR
// Four elements of each line at k, lines 4 j of one block after another.
template <class DD>
HWY_INLINE hn::Vec<DD> load_blocks(DD dd, const float* const* lines, std::int64_t k) {
  if constexpr (hn::MaxLanes(DD()) == 4) {
    return hn::LoadU(dd, lines[0] + k);
  } else {
    const hn::Half<DD> half;
    return hn::Combine(dd, load_blocks(half, lines + hn::MaxLanes(half), k), load_blocks(half, lines, k));
  }
}

// Four k of one vector of columns, each column a line in memory.
HWY_INLINE void turn(const float* const* lines, std::int64_t k, std::int64_t width, float* panel) {
  const hn::Repartition<std::uint64_t, D> wide;
  V block[4];
  HWY_UNROLL(4)
  for (int r = 0; r < 4; ++r) block[r] = load_blocks(d, lines + r, k);
  const auto low01 = hn::BitCast(wide, hn::InterleaveLower(d, block[0], block[1])),
             low23 = hn::BitCast(wide, hn::InterleaveLower(d, block[2], block[3])),
             high01 = hn::BitCast(wide, hn::InterleaveUpper(d, block[0], block[1])),
             high23 = hn::BitCast(wide, hn::InterleaveUpper(d, block[2], block[3]));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(wide, low01, low23)), d, panel);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(wide, low01, low23)), d, panel + width);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(wide, high01, high23)), d, panel + 2 * width);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(wide, high01, high23)), d, panel + 3 * width);
}
#endif

void pack_across(const float* b, std::int64_t b_step, std::int64_t depth, std::int64_t count, float* panel) {
  const std::int64_t width = (count + lanes - 1) / lanes * lanes;
  for (std::int64_t first = 0; first < width; first += lanes, panel += lanes) {
    const std::int64_t columns = count - first < lanes ? count - first : lanes;
    const float* lines[lanes];
    for (std::int64_t i = 0; i < columns; ++i) lines[i] = b + (first + i) * b_step;
    std::int64_t k = 0;
#if HWY_TARGET != HWY_SCALAR
    for (; columns == lanes && k + 4 <= depth; k += 4) turn(lines, k, width, panel + k * width);
#endif
    for (; k < depth; ++k)
      for (std::int64_t i = 0; i < lanes; ++i) panel[k * width + i] = i < columns ? lines[i][k] : 0;
  }
}

template <int vectors, int... row>
void enter_tiles(Kernels& kernels, std::integer_sequence<int, row...>) {
  if constexpr (vectors <= widest) {
    constexpr int most = rows_at_most[vectors];
    kernels.rows_at_most[vectors] = most;
    const auto set = [&]<int rows>() {
      kernels.tile[vectors][rows] = tile<rows, vectors, false>;
      kernels.packing_tile[vectors][rows] = tile<rows, vectors, true>;
      kernels.tile_across[vectors][rows] = tile_across<rows, vectors>;
    };
    ((row < most ? set.template operator()<(row < most ? row + 1 : 1)>() : void()), ...);
  }
}
template <int vectors, int... row>
void enter_few(Kernels& kernels, std::integer_sequence<int, row...>) {
  if constexpr (vectors <= widest_few) {
    ((kernels.few[vectors][row + 1] = few<row + 1, vectors, false>), ...);
    ((kernels.few_partial[vectors][row + 1] = few<row + 1, vectors, true>), ...);
  }
}
template <int vectors>
void enter(Kernels& kernels) {
  enter_tiles<vectors>(kernels, std::make_integer_sequence<int, most_rows>());
  enter_few<vectors>(kernels, std::make_integer_sequence<int, most_streamed>());
}

Kernels make_kernels() {
  Kernels kernels{};
  kernels.lanes = lanes;
  kernels.widest = widest;
  kernels.widest_few = widest_few;
  kernels.pack = pack;
  kernels.pack_across = pack_across;
  kernels.stream = {nullptr, stream<1>, stream<2>, stream<3>, stream<4>};
  enter<1>(kernels), enter<2>(kernels), enter<3>(kernels), enter<4>(kernels);
  return kernels;
}

}  // namespace keratin::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace keratin::gemm {

const Kernels& kernels() {
  static const Kernels made = simd::choose(KERATIN_BY_ISA(make_kernels))();
  return made;
}

}  // namespace keratin::gemm
#endif
