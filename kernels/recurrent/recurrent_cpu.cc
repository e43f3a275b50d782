// lstm and gru in float32 on the CPU: the recurrent kernel packed once, and per step one pass that leaves all
// gates of a unit in registers. The outputs of a step are the next one's state, in place.
#include <algorithm>
#include <cstring>

#include "kernels/recurrent/gates.h"
#include "runtime/core/shape.h"
#include "runtime/dispatch/kernel.h"

namespace keratin {
namespace {

using dispatch::Args;
using dispatch::PrepareContext;
using recurrent::Cell;

std::size_t bytes(std::int64_t floats) { return static_cast<std::size_t>(floats) * sizeof(float); }

// Threads worth waking for so many multiply-adds: a hand-off costs a few microseconds.
std::int64_t useful_parts(const Team& team, std::int64_t multiply_adds) {
  return std::clamp<std::int64_t>(multiply_adds >> 20, 1, team.threads());
}

class RecurrentStep : public dispatch::Step {
 public:
  // cells: the number of the cell's states in the inputs.
  RecurrentStep(PrepareContext& context, const Cell& cell, std::size_t weight, std::size_t mask)
      : cell_(cell), weight_(weight), mask_(context.node.inputs.size() > mask ? mask : 0) {
    const Shape x = context.in_shape(0);
    time_ = x[0], batch_ = x[1], units_ = context.in_shape(1)[1];
    reverse_ = context.node.get<bool>("reverse");
    const std::int64_t panels = cell.panels(units_) * cell.panel_size(units_);
    packs_ = context.parameter[weight] && panels > 0;
    context.scratch_bytes = bytes(panels);
    if (!packs_) return;
    context.packings.push_back({weight, bytes(panels), [&cell, units = units_](const void* raw, void* to) {
                                  recurrent::pack(cell, static_cast<const float*>(raw), units,
                                                  static_cast<float*>(to));
                                }});
  }

 protected:
  // c: the cell's second state, if it has one, changed in place. bias: of the state's product, or null.
  void run_steps(const Args& args, float* c, const float* bias) const {
    const Run run{args, panels(args), c, bias};
    const std::int64_t tiles = (batch_ + cell_.rows_at_most - 1) / cell_.rows_at_most,
                       each_step = batch_ * units_ * cell_.gates * units_,
                       parts = std::min(useful_parts(*args.team, each_step * time_), tiles);
    // rows don't need one another, units do after each step
    if (parts > 1) {
      args.team->parallel_for(parts, 1, [&](std::int64_t begin, std::int64_t end) {
        const std::int64_t first = batch_ * begin / parts, last = batch_ * end / parts;
        for (std::int64_t i = 0; i < time_; ++i) step(run, i, first, last, 0, cell_.panels(units_));
      });
    } else {
      const std::int64_t panels = cell_.panels(units_),
                         grain = (panels + useful_parts(*args.team, each_step) - 1) /
                                 useful_parts(*args.team, each_step);
      for (std::int64_t i = 0; i < time_; ++i)
        args.team->parallel_for(panels, grain, [&](std::int64_t begin, std::int64_t end) {
          step(run, i, 0, batch_, begin, end);
        });
    }
    copy(args.output<float>(1), state_before(args, time_), batch_ * units_);
  }
  static void copy(float* to, const float* from, std::int64_t floats) {
    if (floats && to != from) std::memcpy(to, from, bytes(floats));
  }

  std::int64_t time_, batch_, units_;

 private:
  struct Run {
    const Args& args;
    const float* panels;
    float* c;
    const float* bias;
  };

  // Where the i-th step to run stands.
  std::int64_t place_of(std::int64_t i) const { return reverse_ ? time_ - 1 - i : i; }
  const float* state_before(const Args& args, std::int64_t i) const {
    return i ? args.output<float>(0) + place_of(i - 1) * batch_ * units_ : args.input<float>(1);
  }
  // Made beforehand, or once for all steps.
  const float* panels(const Args& args) const {
    if (packs_ && args.packed[0]) return static_cast<const float*>(args.packed[0]);
    recurrent::pack(cell_, args.input<float>(weight_), units_, static_cast<float*>(args.scratch));
    return static_cast<const float*>(args.scratch);
  }

  // The i-th step of rows [begin, end) and of some panels: a panel stays in the L1 cache for all rows.
  void step(const Run& run, std::int64_t i, std::int64_t begin, std::int64_t end, std::int64_t first,
            std::int64_t last) const {
    const std::int64_t place = place_of(i) * batch_, x_step = cell_.gates * units_, most = cell_.rows_at_most,
                       tiles = (end - begin + most - 1) / most;
    if (tiles <= 0) return;
    const float* h = state_before(run.args, i);
    const bool* seen = mask_ ? run.args.input<bool>(mask_) + place : nullptr;
    for (std::int64_t panel = first; panel < last; ++panel) {
      const std::int64_t unit = panel * cell_.lanes, rest = units_ - unit < cell_.lanes ? units_ - unit : 0;
      const auto& functions = rest ? cell_.partial : cell_.full;
      recurrent::Part part{};
      part.units = units_, part.rest = rest;
      part.weights = run.panels + panel * cell_.panel_size(units_);
      part.bias = run.bias ? run.bias + unit : nullptr;
      for (std::int64_t tile = 0; tile < tiles; ++tile) {
        const std::int64_t row = begin + (end - begin) * tile / tiles,
                           count = begin + (end - begin) * (tile + 1) / tiles - row;
        part.state = h + row * units_, part.h = part.state + unit;
        part.x = run.args.input<float>(0) + (place + row) * x_step + unit;
        part.c = run.c ? run.c + row * units_ + unit : nullptr;
        part.out = run.args.output<float>(0) + (place + row) * units_ + unit;
        part.seen = seen ? seen + row : nullptr;
        functions[static_cast<std::size_t>(count)](part);
      }
    }
  }

  const Cell& cell_;
  std::size_t weight_, mask_;  // mask_ 0: none
  bool reverse_, packs_ = false;
};

class LstmStep final : public RecurrentStep {
 public:
  explicit LstmStep(PrepareContext& context) : RecurrentStep(context, recurrent::kernels().lstm, 3, 4) {}

  void run(const Args& args) const override {
    auto* c = args.output<float>(2);
    copy(c, args.input<float>(2), batch_ * units_);
    run_steps(args, c, nullptr);
  }
};

class GruStep final : public RecurrentStep {
 public:
  explicit GruStep(PrepareContext& context) : RecurrentStep(context, recurrent::kernels().gru, 2, 4) {}

  void run(const Args& args) const override { run_steps(args, nullptr, args.input<float>(3)); }
};

const char* refuses(const PrepareContext& context) {
  return context.node.in(0).dtype == DType::float32 ? nullptr : "only float32";
}
template <class Kind>
std::unique_ptr<dispatch::Step> prepare(PrepareContext& context) {
  return std::make_unique<Kind>(context);
}

constexpr dispatch::KernelDef lstm[] = {{"steps", refuses, prepare<LstmStep>}},
                              gru[] = {{"steps", refuses, prepare<GruStep>}};
constexpr dispatch::KernelRow list[] = {{"lstm", lstm}, {"gru", gru}};

}  // namespace
extern const dispatch::KernelList kernels_recurrent_cpu{list};
}  // namespace keratin
