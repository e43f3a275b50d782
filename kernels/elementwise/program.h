// A chain of element-wise functors as a short program over tiles of floats: what the CPU's interpreter runs.
// Truth values are 1 and 0.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "runtime/ir/graph.h"

namespace keratin::elementwise {

enum class Code : std::uint8_t {
  add,
  subtract,
  multiply,
  divide,
  maximum,
  minimum,
  negative,
  abs,
  sign,
  sqrt,
  rsqrt,
  floor,
  ceil,
  trunc,
  round,
  exp,
  expm1,
  log,
  log1p,
  tanh,
  logistic,
  erf,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  logical_and,
  logical_or,
  logical_not,
  select,
  is_nan,
  is_inf,
  is_finite,
  // one number at a time, by the C library
  power,
  floor_mod,
  atan2,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  asinh,
  acosh,
  atanh,
  count
};

// A tile: an input, a constant, or what an instruction made.
struct Operand {
  enum class Kind : std::uint8_t { input, constant, result };
  Kind kind = Kind::input;
  std::uint16_t index = 0;
};

struct Instruction {
  Code code;
  std::array<Operand, 3> operands;
  std::uint16_t target = 0;  // result's tile, shared by results that don't live at the same time
};

struct Program {
  std::vector<Instruction> instructions;
  std::vector<float> constants;
  std::vector<Operand> outputs;
  std::uint16_t tiles = 0;  // of results
};

// The program of one element-wise node or of a fused_elementwise one. Throws Error{internal} when
// why_not_program has a reason against it.
Program make_program(const ir::Node& node);
// Null, or the sentence that says why the interpreter can't run node.
const char* why_not_program(const ir::Node& node);

constexpr std::int64_t tile_size = 256;
constexpr std::size_t most_operands = 64;

// out[i] for i < count, a multiple of the vector's lanes (or anything, when the tiles are as long as that
// rounded up). Operands that an instruction lacks are null.
using TileOp = void (*)(const float* a, const float* b, const float* c, float* out, std::int64_t count);
struct TileKernels {
  std::int64_t lanes;
  std::array<TileOp, static_cast<std::size_t>(Code::count)> ops;
  void (*from_bool)(const void* from, float* to, std::int64_t count);
  void (*to_bool)(const float* from, void* to, std::int64_t count);
};
const TileKernels& tile_kernels();

}  // namespace keratin::elementwise
