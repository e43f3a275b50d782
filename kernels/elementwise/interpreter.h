// Runs an element-wise program over tiles that stay in the L1 cache, with operands that broadcast.
#pragma once

#include <span>

#include "kernels/elementwise/program.h"
#include "runtime/core/shape.h"

namespace keratin::elementwise {

class Interpreter {
 public:
  struct Input {
    Shape shape;
    bool is_bool = false;
  };
  // bools: per result, all of one shape, whether it is of truth values.
  Interpreter(Program program, std::span<const Input> inputs, const Shape& out, std::vector<bool> bools);

  // For run_span: one float operand that lies like the result, of any length.
  explicit Interpreter(Program program);

  std::int64_t tiles() const { return tiles_; }
  std::int64_t elements() const { return elements_; }
  // Instructions times elements: how much there is to split.
  std::int64_t work() const {
    return elements_ * static_cast<std::int64_t>(1 + program_.instructions.size());
  }
  std::size_t scratch_bytes() const;  // per thread
  // Tiles [begin, end) of the results. A result may lie in an operand's memory.
  void run(const void* const* in, void* const* out, std::int64_t begin, std::int64_t end,
           void* scratch) const;
  // out may be the operand itself.
  void run_span(const void* const* in, void* out, std::int64_t count, void* scratch) const;

 private:
  // How an operand gives its part of a tile: as it lies in memory; one number; the same row for every tile;
  // or copied together.
  enum class Way { direct, scalar, periodic, strided };
  struct Source {
    Way way;
    bool is_bool;
    Shape strides;  // per joined axis
  };
  struct Run;

  void join_axes(std::span<const Input> inputs, const Shape& out);
  void choose_tiles();
  void load_strided(const Source& source, const void* from, std::int64_t start, std::int64_t count,
                    float* to) const;
  Run begin_run(const void* const* in, std::int64_t elements, void* scratch) const;
  void fill_once(const Run& run) const;
  const float* load(const Run& run, std::size_t i, std::int64_t start, std::int64_t count,
                    std::int64_t padded) const;
  void run_tile(const Run& run, void* const* out, std::int64_t start, std::int64_t count) const;
  bool is_direct() const;

  const TileKernels& kernels_;
  Program program_;
  std::vector<bool> bools_;
  bool direct_;  // the last instruction can write to the result
  Shape shape_;  // joined axes of the result
  std::vector<Source> sources_;
  std::int64_t elements_ = 1, tiles_ = 0, tile_ = tile_size;
  std::int64_t row_ = 0;  // not 0: tiles don't cross rows of this length
};

}  // namespace keratin::elementwise
