// The tiles of gemm.h, compiled once per instruction set.
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

// AVX-512 and NEON have 32 registers, the others 16.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
constexpr int widest = 4;
constexpr int rows_at_most[] = {0, 12, 12, 8, 6};
#else
constexpr int widest = 2;
constexpr int rows_at_most[] = {0, 8, 6, 0, 0};
#endif

template <int rows, int vectors, bool partial>
HWY_INLINE void finish(V (&sum)[rows][vectors], const Tile& t) {
  const Epilogue& e = t.epilogue;
  if (e.scale || e.shift) {
    HWY_UNROLL(4)
    for (int v = 0; v < vectors; ++v) {
      const bool last = partial && v == vectors - 1;
      V scale = hn::Set(d, 1.0f), shift = hn::Zero(d);
      if (e.scale) scale = last ? load_part(e.scale + v * lanes, t.rest) : hn::LoadU(d, e.scale + v * lanes);
      if (e.shift) shift = last ? load_part(e.shift + v * lanes, t.rest) : hn::LoadU(d, e.shift + v * lanes);
      HWY_UNROLL(12)
      for (int r = 0; r < rows; ++r) sum[r][v] = hn::MulAdd(sum[r][v], scale, shift);
    }
  }
  if (e.add) {
    HWY_UNROLL(12)
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
    HWY_UNROLL(12)
    for (int r = 0; r < rows; ++r) {
      HWY_UNROLL(4)
      for (int v = 0; v < vectors; ++v) sum[r][v] = clamped(sum[r][v], low, high);
    }
  }
  HWY_UNROLL(12)
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

// One k: row b of B times element k of each row of A.
template <int rows, int vectors, bool partial>
HWY_INLINE void step(V (&sum)[rows][vectors], const float* const (&a)[rows], std::int64_t k, const float* b,
                     std::int64_t rest) {
  V bv[vectors];
  HWY_UNROLL(4)
  for (int v = 0; v < vectors - 1; ++v) bv[v] = hn::LoadU(d, b + v * lanes);
  bv[vectors - 1] = load<partial>(b + (vectors - 1) * lanes, rest);
  HWY_UNROLL(12)
  for (int r = 0; r < rows; ++r) {
    const V av = hn::Set(d, a[r][k]);
    HWY_UNROLL(4)
    for (int v = 0; v < vectors; ++v) sum[r][v] = hn::MulAdd(av, bv[v], sum[r][v]);
  }
}

// Fewer sums than the FMA units have in flight: every chain-th k goes to its own set of sums.
template <int rows, int vectors>
constexpr int chains() {
  return rows * vectors >= 6 ? 1 : rows * vectors >= 3 ? 2 : rows * vectors == 2 ? 4 : 8;
}

template <int rows, int vectors, bool partial>
void tile(const Tile& t) {
  constexpr int n = chains<rows, vectors>();
  V sum[n][rows][vectors];
  HWY_UNROLL(8)
  for (int c = 0; c < n; ++c) {
    HWY_UNROLL(12)
    for (int r = 0; r < rows; ++r) {
      HWY_UNROLL(4)
      for (int v = 0; v < vectors; ++v) sum[c][r][v] = hn::Zero(d);
    }
  }
  const float* b = t.b;
  const std::int64_t rest = t.rest, length = t.length, b_step = t.b_step;
  const float* const* pointers = t.rows;
  for (std::int64_t run = 0; run < t.runs; ++run) {
    const float* a[rows];
    HWY_UNROLL(12)
    for (int r = 0; r < rows; ++r) a[r] = pointers[r];
    pointers += rows;
    std::int64_t k = 0;
    for (; k + n <= length; k += n) {
      HWY_UNROLL(8)
      for (int c = 0; c < n; ++c, b += b_step) step<rows, vectors, partial>(sum[c], a, k + c, b, rest);
    }
    if constexpr (n > 1)
      for (; k < length; ++k, b += b_step) step<rows, vectors, partial>(sum[0], a, k, b, rest);
  }
  HWY_UNROLL(8)
  for (int c = n / 2; c > 0; c /= 2) {
    for (int i = 0; i < c; ++i)
      for (int r = 0; r < rows; ++r)
        for (int v = 0; v < vectors; ++v) sum[i][r][v] = hn::Add(sum[i][r][v], sum[i + c][r][v]);
  }
  finish<rows, vectors, partial>(sum[0], t);
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
    Tile tile{};
    tile.c_step = s.c_step;
    for (std::int64_t j = first; j < last; j += lanes) {
      V sum[rows][1];
      tile.rest = last - j;
      tile.c = s.c + j;
      tile.epilogue = s.epilogue;
      if (s.epilogue.scale) tile.epilogue.scale += j;
      if (s.epilogue.shift) tile.epilogue.shift += j;
      if (s.epilogue.add) tile.epilogue.add += j;
      const bool full = tile.rest >= lanes;
      for (int r = 0; r < rows; ++r)
        sum[r][0] = full ? hn::LoadU(d, tile.c + r * s.c_step) : load_part(tile.c + r * s.c_step, tile.rest);
      if (full)
        finish<rows, 1, false>(sum, tile);
      else
        finish<rows, 1, true>(sum, tile);
    }
  }
}

template <int vectors, int rows>
void enter(Kernels& kernels) {
  if constexpr (vectors <= widest && rows <= rows_at_most[vectors]) {
    kernels.full[vectors][rows] = tile<rows, vectors, false>;
    kernels.partial[vectors][rows] = tile<rows, vectors, true>;
  }
}
template <int vectors>
void enter_rows(Kernels& kernels) {
  kernels.rows_at_most[vectors] = rows_at_most[vectors];
  enter<vectors, 1>(kernels), enter<vectors, 2>(kernels), enter<vectors, 3>(kernels);
  enter<vectors, 4>(kernels), enter<vectors, 5>(kernels), enter<vectors, 6>(kernels);
  enter<vectors, 7>(kernels), enter<vectors, 8>(kernels), enter<vectors, 9>(kernels);
  enter<vectors, 10>(kernels), enter<vectors, 11>(kernels), enter<vectors, 12>(kernels);
}

Kernels make_kernels() {
  Kernels kernels{};
  kernels.lanes = lanes;
  kernels.widest = widest;
  kernels.stream = {nullptr, stream<1>, stream<2>, stream<3>, stream<4>};
  enter_rows<1>(kernels), enter_rows<2>(kernels), enter_rows<3>(kernels), enter_rows<4>(kernels);
  return kernels;
}

}  // namespace keratin::gemm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace keratin::gemm {
namespace {
HWY_EXPORT(make_kernels);
}  // namespace

const Kernels& kernels() {
  static const Kernels made = [] {
    simd::choose_isa();
    return HWY_DYNAMIC_DISPATCH(make_kernels)();
  }();
  return made;
}

}  // namespace keratin::gemm
#endif
