// One step of a recurrent layer for a few rows and one vector of units, all its gates in registers. Used by
// lstm and gru.
#pragma once

#include <array>
#include <cstdint>

namespace keratin::recurrent {

// What one call does. Rows lie units apart, those of x gates · units.
struct Part {
  const float* state;  // h before the step, all units of the first row
  std::int64_t units;
  const float* weights;  // the panel of this vector
  const float* x;        // the input's part, at the first row's first unit of the vector; gates units apart
  const float* bias;     // of the state's product, likewise; gru alone
  const float* h;        // as x, one gate
  float* c;              // likewise, lstm alone: before the step, and after
  float* out;            // likewise: h after the step; must not be h
  const bool* seen;      // per row; null: all. Where it is false, the states stay
  std::int64_t rest;     // lanes of a vector that isn't full; else 0
};
using PartFunction = void (*)(const Part&);

constexpr int most_rows = 8;

struct Cell {
  std::int64_t gates, lanes;
  int rows_at_most;
  std::array<PartFunction, most_rows + 1> full, partial;  // [rows]

  std::int64_t panels(std::int64_t units) const { return (units + lanes - 1) / lanes; }
  std::int64_t panel_size(std::int64_t units) const { return units * gates * lanes; }
};
struct Kernels {
  Cell lstm, gru;
};
// Those of the machine (simd::isa).
const Kernels& kernels();

// The recurrent kernel (units, gates · units) in panels of one vector of units: row after row, of each the
// gates side by side; what is missing is 0.
void pack(const Cell& cell, const float* kernel, std::int64_t units, float* panels);

}  // namespace keratin::recurrent
