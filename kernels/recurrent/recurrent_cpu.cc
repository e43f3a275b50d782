// lstm and gru in float32 on the CPU: per step one product with the recurrent kernel, packed once, and one
// pass over the gates. The outputs of a step are the next one's state, in place.
#include <algorithm>
#include <cstring>

#include "kernels/dot/gemm.h"
#include "kernels/recurrent/gates.h"
#include "runtime/core/shape.h"
#include "runtime/dispatch/kernel.h"

namespace keratin {
namespace {

using dispatch::Args;
using dispatch::PrepareContext;

std::size_t bytes(std::int64_t floats) { return static_cast<std::size_t>(floats) * sizeof(float); }

class RecurrentStep : public dispatch::Step {
 public:
  RecurrentStep(PrepareContext& context, std::size_t weight, std::size_t mask)
      : weight_(weight), mask_(context.node.inputs.size() > mask ? mask : 0) {
    const Shape x = context.in_shape(0);
    time_ = x[0], batch_ = x[1], gates_ = x[2], units_ = context.in_shape(1)[1];
    reverse_ = context.node.get<bool>("reverse");
    sizes_.rows = batch_, sizes_.columns = gates_, sizes_.b_step = gates_;
    sizes_.runs = 1, sizes_.length = units_;
    constexpr std::int64_t aligned = 16;
    auto rounded = [](std::int64_t floats) { return (floats + aligned - 1) / aligned * aligned; };
    gate_room_ = rounded(batch_ * gates_);
    const std::int64_t panels = gemm::packed_size(kernels_, units_, gates_);
    panel_room_ = rounded(panels);
    context.scratch_bytes =
        bytes(gate_room_ + panel_room_) + gemm::product_scratch(kernels_, sizes_, context.threads);
    packs_ = context.parameter[weight] && panels > 0;
    if (!packs_) return;
    context.packings.push_back(
        {weight, bytes(panels), [packer = Packer{kernels_, units_, gates_}](const void* raw, void* to) {
           packer.pack(static_cast<const float*>(raw), static_cast<float*>(to));
         }});
  }

 protected:
  std::int64_t step_at(std::int64_t i) const { return reverse_ ? time_ - 1 - i : i; }
  const bool* seen_at(const Args& args, std::int64_t step) const {
    return mask_ ? args.input<bool>(mask_) + step * batch_ : nullptr;
  }
  // The recurrent kernel in panels: made beforehand, or once for all steps.
  const float* panels(const Args& args) const {
    if (packs_ && args.packed[0]) return static_cast<const float*>(args.packed[0]);
    float* made = static_cast<float*>(args.scratch) + gate_room_;
    Packer{kernels_, units_, gates_}.pack(args.input<float>(weight_), made);
    return made;
  }
  // The state's product with the kernel, into the scratch memory; epilogue.add is laid out like it.
  const float* product(const Args& args, const float* h, const float* panels,
                       const gemm::Epilogue& epilogue) const {
    auto* z = static_cast<float*>(args.scratch);
    if (batch_ <= gemm::most_streamed) {
      product_of_few(h, panels, z, epilogue);
    } else {
      const gemm::MatrixRows rows(h, units_);
      gemm::product(kernels_, sizes_, {&rows, args.input<float>(weight_), panels, z, gates_, epilogue},
                    z + gate_room_ + panel_room_, args.team);
    }
    return z;
  }
  // All steps: row does one row (its number, its place among all steps' rows, its product, the old state, the
  // new one); where the mask has none, the state stays.
  template <class EpilogueAt, class Row>
  void run_steps(const Args& args, const EpilogueAt& epilogue_at, const Row& row) const {
    const float* h = args.input<float>(1);
    const float* kernel = panels(args);
    for (std::int64_t i = 0; i < time_; ++i) {
      const std::int64_t step = step_at(i), grain = (1 << 12) / (gates_ + 1) + 1;
      const float* z = product(args, h, kernel, epilogue_at(step));
      const bool* seen = seen_at(args, step);
      float* out = args.output<float>(0) + step * batch_ * units_;
      args.team->parallel_for(batch_, grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r) {
          const float* old = h + r * units_;
          if (seen && !seen[r])
            copy(out + r * units_, old, units_);
          else
            row(r, step * batch_ + r, z + r * gates_, old, out + r * units_);
        }
      });
      h = out;
    }
    copy(args.output<float>(1), h, batch_ * units_);
  }
  static void copy(float* to, const float* from, std::int64_t floats) {
    if (floats && to != from) std::memcpy(to, from, bytes(floats));
  }

  struct Packer {
    const gemm::Kernels& kernels;
    std::int64_t units, gates;
    void pack(const float* raw, float* to) const { gemm::pack(kernels, raw, gates, units, gates, to); }
  };

  // One tile per strip: the panels stay in the L2 cache from step to step, so they aren't streamed.
  void product_of_few(const float* h, const float* panels, float* z, const gemm::Epilogue& epilogue) const {
    if (batch_ == 0) return;
    gemm::TileRun run{};
    gemm::MatrixRows(h, units_).fill(0, batch_, batch_, &run, nullptr);
    for (std::int64_t column = 0; column < gates_; column += kernels_.strip()) {
      const std::int64_t columns = std::min(kernels_.strip(), gates_ - column);
      gemm::Tile tile{&run, 1, units_, panels + column * units_, nullptr, 0, {}};
      tile.ahead = reinterpret_cast<const char*>(&run);  // in the cache already
      tile.to = {z + column, gates_, columns % kernels_.lanes, epilogue.moved(column)};
      kernels_.tile[static_cast<std::size_t>(kernels_.vectors(columns))][static_cast<std::size_t>(batch_)](
          tile);
    }
  }

  const gemm::Kernels& kernels_ = gemm::kernels();
  const recurrent::Kernels& step_ = recurrent::kernels();
  gemm::Sizes sizes_{};
  std::int64_t time_, batch_, gates_, units_, gate_room_, panel_room_;
  std::size_t weight_, mask_;  // mask_ 0: none
  bool reverse_, packs_ = false;
};

class LstmStep final : public RecurrentStep {
 public:
  explicit LstmStep(PrepareContext& context) : RecurrentStep(context, 3, 4) {}

  void run(const Args& args) const override {
    const float* x = args.input<float>(0);
    float* c = args.output<float>(2);
    copy(c, args.input<float>(2), batch_ * units_);
    const auto input_part = [&](std::int64_t step) {
      gemm::Epilogue epilogue;
      epilogue.add = x + step * batch_ * gates_;
      return epilogue;
    };
    run_steps(args, input_part,
              [&](std::int64_t row, std::int64_t, const float* z, const float*, float* out) {
                step_.lstm(z, c + row * units_, units_, c + row * units_, out);
              });
  }
};

class GruStep final : public RecurrentStep {
 public:
  explicit GruStep(PrepareContext& context) : RecurrentStep(context, 2, 4) {}

  void run(const Args& args) const override {
    const float* x = args.input<float>(0);
    gemm::Epilogue bias;
    bias.shift = args.input<float>(3);
    run_steps(
        args, [&](std::int64_t) { return bias; },
        [&](std::int64_t, std::int64_t place, const float* inner, const float* h, float* out) {
          step_.gru(x + place * gates_, inner, h, units_, out);
        });
  }
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
