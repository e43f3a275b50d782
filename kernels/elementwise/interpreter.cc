#include "kernels/elementwise/interpreter.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace keratin::elementwise {

// What one thread works with.
struct Interpreter::Run {
  const void* const* in;
  float* inputs;     // a tile each
  float* constants;  // a tile each
  float* results;    // a tile each
  std::int64_t elements;
  float* tile(float* base, std::size_t i) const { return base + i * static_cast<std::size_t>(tile_size); }
};

Interpreter::Interpreter(Program program, std::span<const Input> inputs, const Shape& out,
                         std::vector<bool> bools)
    : kernels_(tile_kernels()), program_(std::move(program)), bools_(std::move(bools)), direct_(is_direct()) {
  elements_ = element_count(out);
  join_axes(inputs, out);
  choose_tiles();
}

Interpreter::Interpreter(Program program)
    : kernels_(tile_kernels()),
      program_(std::move(program)),
      bools_{false},
      direct_(is_direct()),
      shape_{1},
      sources_{{Way::direct, false, {1}}} {}

bool Interpreter::is_direct() const {
  return program_.outputs.size() == 1 && !bools_[0] && program_.outputs[0].kind == Operand::Kind::result;
}

namespace {

// Elements to step per axis of the result; 0 where the operand is repeated.
Shape broadcast_strides(const Shape& shape, std::size_t rank) {
  const Shape own = row_major_strides(shape);
  Shape strides;
  for (std::size_t i = shape.size(); i < rank; ++i) strides.push_back(0);
  for (std::size_t i = 0; i < shape.size(); ++i) strides.push_back(shape[i] == 1 ? 0 : own[i]);
  return strides;
}

}  // namespace

// Axes that all operands walk as one become one.
void Interpreter::join_axes(std::span<const Input> inputs, const Shape& out) {
  const std::size_t rank = out.size();
  std::vector<Shape> strides;
  for (const Input& input : inputs) {
    strides.push_back(broadcast_strides(input.shape, rank));
    sources_.push_back({Way::strided, input.is_bool, {}});
  }
  for (std::size_t i = 0; i < rank; ++i) {
    if (out[i] == 1) continue;
    bool joins = !shape_.empty();
    for (std::size_t k = 0; k < inputs.size() && joins; ++k)
      joins = sources_[k].strides.back() == strides[k][i] * out[i];
    if (joins)
      shape_.back() *= out[i];
    else
      shape_.push_back(out[i]);
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      if (joins)
        sources_[k].strides.back() = strides[k][i];
      else
        sources_[k].strides.push_back(strides[k][i]);
    }
  }
  if (shape_.empty()) {
    shape_ = {1};
    for (Source& source : sources_) source.strides = {0};
  }
}

void Interpreter::choose_tiles() {
  const std::int64_t inner = shape_.back();
  const Shape dense = row_major_strides(shape_);
  bool periodic = false;
  for (Source& source : sources_) {
    const auto outer = std::span(source.strides).first(source.strides.size() - 1);
    const bool outer_zero = std::all_of(outer.begin(), outer.end(), [](std::int64_t s) { return s == 0; });
    if (source.strides.back() == 0 && outer_zero)
      source.way = Way::scalar;
    else if (shape_.size() == 1)
      source.way = Way::direct;
    else if (outer_zero)
      source.way = Way::periodic;
    else if (std::equal(dense.begin(), dense.end(), source.strides.begin()))
      source.way = Way::direct;
    periodic |= source.way == Way::periodic;
  }
  if (periodic && inner > tile_size) {
    row_ = inner;
    const std::int64_t chunks = (inner + tile_size - 1) / tile_size;
    tile_ = ((inner + chunks - 1) / chunks + kernels_.lanes - 1) / kernels_.lanes * kernels_.lanes;
    tiles_ = elements_ / inner * ((inner + tile_ - 1) / tile_);
    return;
  }
  if (periodic) {
    const std::int64_t whole = std::lcm(inner, kernels_.lanes);
    tile_ = whole <= tile_size ? tile_size / whole * whole : tile_size / inner * inner;
  }
  tiles_ = (elements_ + tile_ - 1) / tile_;
}

std::size_t Interpreter::scratch_bytes() const {
  return (sources_.size() + program_.constants.size() + program_.tiles) * tile_size * sizeof(float);
}

void Interpreter::fill_once(const Run& run) const {
  const std::int64_t length =
      std::min(tile_, (run.elements + kernels_.lanes - 1) / kernels_.lanes * kernels_.lanes);
  for (std::size_t i = 0; i < program_.constants.size(); ++i)
    std::fill_n(run.tile(run.constants, i), length, program_.constants[i]);
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const Source& source = sources_[i];
    float* to = run.tile(run.inputs, i);
    if (source.way == Way::scalar) {
      const float value = source.is_bool ? float(*static_cast<const unsigned char*>(run.in[i]))
                                         : *static_cast<const float*>(run.in[i]);
      std::fill_n(to, length, value);
    } else if (source.way == Way::periodic && row_ == 0) {
      load_strided(source, run.in[i], 0, std::min(tile_, run.elements), to);
    }
  }
}

// Elements [start, start + count) of a broadcast operand.
void Interpreter::load_strided(const Source& source, const void* from, std::int64_t start, std::int64_t count,
                               float* to) const {
  const std::int64_t inner = shape_.back(), step = source.strides.back();
  while (count > 0) {
    std::int64_t outside = start / inner, offset = 0;
    const std::int64_t column = start - outside * inner, length = std::min(count, inner - column);
    for (std::size_t axis = shape_.size() - 1; axis-- > 0; outside /= shape_[axis])
      offset += outside % shape_[axis] * source.strides[axis];
    offset += column * step;
    if (source.is_bool) {
      const auto* bytes = static_cast<const unsigned char*>(from) + offset;
      for (std::int64_t i = 0; i < length; ++i) to[i] = bytes[i * step];
    } else if (const auto* numbers = static_cast<const float*>(from) + offset; step == 1) {
      std::memcpy(to, numbers, static_cast<std::size_t>(length) * sizeof(float));
    } else {
      for (std::int64_t i = 0; i < length; ++i) to[i] = numbers[i * step];
    }
    start += length;
    count -= length;
    to += length;
  }
}

const float* Interpreter::load(const Run& run, std::size_t i, std::int64_t start, std::int64_t count,
                               std::int64_t padded) const {
  const Source& source = sources_[i];
  float* tile = run.tile(run.inputs, i);
  switch (source.way) {
    case Way::scalar:
      return tile;
    case Way::periodic:
      if (row_ == 0) return tile;
      if (!source.is_bool && start % row_ + padded <= row_)
        return static_cast<const float*>(run.in[i]) + start % row_;
      break;
    case Way::direct:
      if (source.is_bool) {
        kernels_.from_bool(static_cast<const unsigned char*>(run.in[i]) + start, tile, count);
        return tile;
      }
      if (start + padded <= run.elements) return static_cast<const float*>(run.in[i]) + start;
      std::memcpy(tile, static_cast<const float*>(run.in[i]) + start,
                  static_cast<std::size_t>(count) * sizeof(float));
      return tile;
    case Way::strided:
      break;
  }
  load_strided(source, run.in[i], start, count, tile);
  return tile;
}

Interpreter::Run Interpreter::begin_run(const void* const* in, std::int64_t elements, void* scratch) const {
  auto* memory = static_cast<float*>(scratch);
  const std::size_t constants = sources_.size(), results = constants + program_.constants.size();
  const Run run{in, memory, memory + constants * static_cast<std::size_t>(tile_size),
                memory + results * static_cast<std::size_t>(tile_size), elements};
  fill_once(run);
  return run;
}

void Interpreter::run_tile(const Run& run, void* const* out, std::int64_t start, std::int64_t count) const {
  std::array<const float*, most_operands> inputs;
  const std::int64_t padded = (count + kernels_.lanes - 1) / kernels_.lanes * kernels_.lanes;
  for (std::size_t i = 0; i < sources_.size(); ++i) inputs[i] = load(run, i, start, count, padded);
  auto operand = [&](const Operand& o) -> const float* {
    return o.kind == Operand::Kind::input      ? inputs[o.index]
           : o.kind == Operand::Kind::constant ? run.tile(run.constants, o.index)
                                               : run.tile(run.results, o.index);
  };
  const Instruction* const last = direct_ && count == padded ? &program_.instructions.back() : nullptr;
  for (const Instruction& step : program_.instructions) {
    float* to = &step == last ? static_cast<float*>(out[0]) + start : run.tile(run.results, step.target);
    kernels_.ops[static_cast<std::size_t>(step.code)](operand(step.operands[0]), operand(step.operands[1]),
                                                      operand(step.operands[2]), to, padded);
  }
  if (last) return;
  for (std::size_t i = 0; i < bools_.size(); ++i) {
    const float* value = operand(program_.outputs[i]);
    if (bools_[i])
      kernels_.to_bool(value, static_cast<unsigned char*>(out[i]) + start, count);
    else
      std::memmove(static_cast<float*>(out[i]) + start, value,
                   static_cast<std::size_t>(count) * sizeof(float));
  }
}

void Interpreter::run(const void* const* in, void* const* out, std::int64_t begin, std::int64_t end,
                      void* scratch) const {
  const Run run = begin_run(in, elements_, scratch);
  const std::int64_t chunks = row_ ? (row_ + tile_ - 1) / tile_ : 1;
  for (std::int64_t t = begin; t < end; ++t) {
    const std::int64_t start = row_ ? t / chunks * row_ + t % chunks * tile_ : t * tile_;
    const std::int64_t limit = row_ ? (t / chunks + 1) * row_ : elements_;
    run_tile(run, out, start, std::min(tile_, limit - start));
  }
}

void Interpreter::run_span(const void* const* in, void* out, std::int64_t count, void* scratch) const {
  const Run run = begin_run(in, count, scratch);
  for (std::int64_t start = 0; start < count; start += tile_)
    run_tile(run, &out, start, std::min(tile_, count - start));
}

}  // namespace keratin::elementwise
