// The rows of gates.h, compiled once per instruction set.
#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/recurrent/gates.h"
#include "kernels/simd/isa.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/recurrent/gates_simd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/math/pack.h"
#include "kernels/simd/partial.h"

HWY_BEFORE_NAMESPACE();
namespace keratin::recurrent::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
namespace pk = pack::HWY_NAMESPACE;
using simd::HWY_NAMESPACE::D;
using simd::HWY_NAMESPACE::lanes;
using simd::HWY_NAMESPACE::load;
using simd::HWY_NAMESPACE::store;
using simd::HWY_NAMESPACE::V;
constexpr D d;

// Rows whose sums, with a row of the panel, fill the registers (32 of AVX-512 and NEON, 16 of the others).
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
constexpr int lstm_rows = 6, gru_rows = 8;
#else
constexpr int lstm_rows = 2, gru_rows = 3;
#endif

// Fewer sums than the FMA units have in flight: every chain-th unit goes to its own set of sums.
constexpr int chains(int sums) { return sums >= 8 ? 1 : sums >= 4 ? 2 : 4; }

template <int rows, int gates>
struct Sums {
  V of[rows][gates];

  HWY_INLINE void clear() {
    HWY_UNROLL(8)
    for (int r = 0; r < rows; ++r) {
      HWY_UNROLL(4)
      for (int g = 0; g < gates; ++g) of[r][g] = hn::Zero(d);
    }
  }
  HWY_INLINE void add(const Sums& other) {
    HWY_UNROLL(8)
    for (int r = 0; r < rows; ++r) {
      HWY_UNROLL(4)
      for (int g = 0; g < gates; ++g) of[r][g] = hn::Add(of[r][g], other.of[r][g]);
    }
  }
  // Unit k of each row's state times row b of the panel.
  template <std::size_t thirds>
  HWY_INLINE void take(const float* const (&state)[thirds], std::int64_t step, int k, const float* b) {
    V bv[gates];
    HWY_UNROLL(4)
    for (int g = 0; g < gates; ++g) bv[g] = hn::LoadU(d, b + g * lanes);
    HWY_UNROLL(8)
    for (int r = 0; r < rows; ++r) {
      const V a = hn::Set(d, state[r / 3][r % 3 * step + k]);
      HWY_UNROLL(4)
      for (int g = 0; g < gates; ++g) of[r][g] = hn::MulAdd(a, bv[g], of[r][g]);
    }
  }
};

// The state's product with the panel.
template <int rows, int gates>
HWY_INLINE Sums<rows, gates> product(const Part& p) {
  constexpr int n = chains(rows * gates), unrolled = 4, width = gates * lanes;
  Sums<rows, gates> sum[n];
  HWY_UNROLL(4)
  for (int i = 0; i < n; ++i) sum[i].clear();
  const float* state[(rows + 2) / 3];
  for (int third = 0; third < (rows + 2) / 3; ++third) state[third] = p.state + 3 * third * p.units;
  const float* b = p.weights;
  std::int64_t left = p.units;
  for (; left >= unrolled; left -= unrolled, b += unrolled * width) {
    HWY_UNROLL(4)
    for (int k = 0; k < unrolled; ++k) sum[k % n].take(state, p.units, k, b + k * width);
    for (auto& at : state) {
      at += unrolled;
      asm("" : "+r"(at));  // else GCC keeps a pointer for each row, more than there are registers
    }
  }
  for (; left > 0; --left, b += width) {
    sum[0].take(state, p.units, 0, b);
    for (auto& at : state) ++at;
  }
  HWY_UNROLL(4)
  for (int i = 1; i < n; ++i) sum[0].add(sum[i]);
  return sum[0];
}

// x comes from far away, in pieces that no prefetcher sees coming.
template <int rows, int gates>
HWY_INLINE void fetch(const Part& p) {
  for (int r = 0; r < rows; ++r)
    for (int g = 0; g < gates; ++g) __builtin_prefetch(p.x + (r * gates + g) * p.units);
}

// x P(x²) / Q(x²), fitted here: within 6 ulp, relative to the result, in two thirds of the instructions of
// the vocabulary's.
HWY_INLINE V tanh(V x) {
  const auto clamped = [](V v, float most) HWY_ATTR {
    return simd::HWY_NAMESPACE::clamped(v, hn::Set(d, -most), hn::Set(d, most));
  };
  const V t = clamped(x, 9.0f), z = hn::Mul(t, t);
  const V p = pk::polynomial(z, 9.9999999873e-01f, 1.3680843948e-01f, 3.8694923064e-03f, 2.8030993358e-05f,
                             3.0641762882e-08f, -1.2245680467e-11f);
  const V q =
      pk::polynomial(z, 1.0f, 4.7014176041e-01f, 2.7250099279e-02f, 3.9406856783e-04f, 1.2890128793e-06f);
  return clamped(hn::Mul(hn::Mul(t, p), pk::reciprocal(q)), 1.0f);
}

template <bool partial>
HWY_INLINE void lstm_gates(const Part& p, int r, const V (&z)[4]) {
  const float* x = p.x + r * 4 * p.units;
  const auto gate = [&](int g) HWY_ATTR { return hn::Add(z[g], load<partial>(x + g * p.units, p.rest)); };
  const V i = pk::logistic(gate(0)), f = pk::logistic(gate(1)), g = tanh(gate(2)), o = pk::logistic(gate(3));
  float* c = p.c + r * p.units;
  const V next = hn::MulAdd(f, load<partial>(c, p.rest), hn::Mul(i, g));
  store<partial>(next, c, p.rest);
  store<partial>(hn::Mul(o, tanh(next)), p.out + r * p.units, p.rest);
}

template <bool partial>
HWY_INLINE void gru_gates(const Part& p, int r, const V (&z)[3]) {
  const float* x = p.x + r * 3 * p.units;
  const auto inner = [&](int g)
                         HWY_ATTR { return hn::Add(z[g], load<partial>(p.bias + g * p.units, p.rest)); };
  const auto outer = [&](int g) HWY_ATTR { return load<partial>(x + g * p.units, p.rest); };
  const V update = pk::logistic(hn::Add(outer(0), inner(0))),
          reset = pk::logistic(hn::Add(outer(1), inner(1)));
  const V candidate = tanh(hn::MulAdd(reset, inner(2), outer(2)));
  const V old = load<partial>(p.h + r * p.units, p.rest);
  store<partial>(hn::MulAdd(update, hn::Sub(old, candidate), candidate), p.out + r * p.units, p.rest);
}

template <int gates, int rows, bool partial>
void part(const Part& p) {
  fetch<rows, gates>(p);
  const Sums<rows, gates> z = product<rows, gates>(p);
  for (int r = 0; r < rows; ++r) {
    if (p.seen && !p.seen[r]) {
      store<partial>(load<partial>(p.h + r * p.units, p.rest), p.out + r * p.units, p.rest);
      continue;
    }
    if constexpr (gates == 4)
      lstm_gates<partial>(p, r, z.of[r]);
    else
      gru_gates<partial>(p, r, z.of[r]);
  }
}

template <int gates, int... row>
Cell make_cell(std::integer_sequence<int, row...>) {
  Cell cell{gates, lanes, sizeof...(row), {}, {}};
  ((cell.full[row + 1] = part<gates, row + 1, false>, cell.partial[row + 1] = part<gates, row + 1, true>),
   ...);
  return cell;
}

Kernels make_kernels() {
  return {make_cell<4>(std::make_integer_sequence<int, lstm_rows>()),
          make_cell<3>(std::make_integer_sequence<int, gru_rows>())};
}

}  // namespace keratin::recurrent::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace keratin::recurrent {

const Kernels& kernels() {
  static const Kernels made = simd::choose(KERATIN_BY_ISA(make_kernels))();
  return made;
}

void pack(const Cell& cell, const float* kernel, std::int64_t units, float* panels) {
  for (std::int64_t first = 0; first < units; first += cell.lanes) {
    const std::int64_t count = std::min(cell.lanes, units - first);
    for (std::int64_t row = 0; row < units * cell.gates; ++row, panels += cell.lanes) {
      const float* from = kernel + row * units + first;  // gate after gate of the same unit
      std::fill(std::copy(from, from + count, panels), panels + cell.lanes, 0.0f);
    }
  }
}

}  // namespace keratin::recurrent
#endif
