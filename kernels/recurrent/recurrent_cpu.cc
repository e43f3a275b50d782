// lstm and gru in float32 on the CPU: per step one product with the recurrent kernel, packed once, and one
// pass over the gates. The outputs of a step are the next one's state, in place.
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
    sizes_ = {batch_, gates_, 1, units_, gates_, 0, nullptr};
    constexpr std::int64_t aligned = 16;
    gate_room_ = (batch_ * gates_ + aligned - 1) / aligned * aligned;
    context.scratch_bytes = bytes(gate_room_) + gemm::product_scratch(kernels_, sizes_, context.threads);
    if (!context.parameter[weight] || units_ == 0 || batch_ == 0) return;
    packs_ = true;
    context.packings.push_back(
        {weight, bytes(units_ * gates_),
         [units = units_, gates = gates_, &kernels = kernels_](const void* raw, void* to) {
           gemm::pack(kernels, static_cast<const float*>(raw), gates, units, gates, static_cast<float*>(to));
         }});
  }

 protected:
  std::int64_t step_at(std::int64_t i) const { return reverse_ ? time_ - 1 - i : i; }
  const bool* seen_at(const Args& args, std::int64_t step) const {
    return mask_ ? args.input<bool>(mask_) + step * batch_ : nullptr;
  }
  // The state's product with the kernel, into the scratch memory; epilogue.add is laid out like it.
  const float* product(const Args& args, const float* h, const gemm::Epilogue& epilogue) const {
    auto* z = static_cast<float*>(args.scratch);
    const float* raw = args.input<float>(weight_);
    const auto* packed = packs_ ? static_cast<const float*>(args.packed[0]) : nullptr;
    if (batch_ > gemm::most_streamed) {
      const gemm::MatrixRows rows(h, units_);
      gemm::product(kernels_, sizes_, {&rows, raw, packed, z, gates_, epilogue}, z + gate_room_, args.team);
      return z;
    }
    // A few rows: the kernel stays in the L2 cache from step to step, so tiles beat streaming it
    const float* pointers[gemm::most_streamed] = {};
    for (std::int64_t i = 0; i < batch_; ++i) pointers[i] = h + i * units_;
    const gemm::RowBlock rows{pointers, batch_, batch_, 1, units_};
    const gemm::Columns columns = packed ? gemm::packed_columns(kernels_, packed, units_, gates_)
                                         : gemm::raw_columns(kernels_, raw, gates_, gates_);
    gemm::multiply(kernels_, rows, columns, 0, gemm::strips(kernels_, gates_), z, gates_, epilogue);
    return z;
  }
  template <class Row>
  void for_rows(const Args& args, const Row& row) const {
    args.team->parallel_for(batch_, (1 << 12) / (gates_ + 1) + 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) row(i);
    });
  }
  static void copy(float* to, const float* from, std::int64_t floats) {
    if (floats && to != from) std::memcpy(to, from, bytes(floats));
  }

  const gemm::Kernels& kernels_ = gemm::kernels();
  const recurrent::Kernels& step_ = recurrent::kernels();
  gemm::Sizes sizes_{};
  std::int64_t time_, batch_, gates_, units_, gate_room_;
  std::size_t weight_, mask_;  // mask_ 0: none
  bool reverse_, packs_ = false;
};

class LstmStep final : public RecurrentStep {
 public:
  explicit LstmStep(PrepareContext& context) : RecurrentStep(context, 3, 4) {}

  void run(const Args& args) const override {
    const float *x = args.input<float>(0), *h = args.input<float>(1);
    float *y = args.output<float>(0), *c = args.output<float>(2);
    copy(c, args.input<float>(2), batch_ * units_);
    for (std::int64_t i = 0; i < time_; ++i) {
      const std::int64_t step = step_at(i);
      gemm::Epilogue epilogue;
      epilogue.add = x + step * batch_ * gates_;
      const float* z = product(args, h, epilogue);
      const bool* seen = seen_at(args, step);
      float* out = y + step * batch_ * units_;
      for_rows(args, [&](std::int64_t row) {
        if (seen && !seen[row])
          copy(out + row * units_, h + row * units_, units_);
        else
          step_.lstm(z + row * gates_, c + row * units_, units_, c + row * units_, out + row * units_);
      });
      h = out;
    }
    copy(args.output<float>(1), h, batch_ * units_);
  }
};

class GruStep final : public RecurrentStep {
 public:
  explicit GruStep(PrepareContext& context) : RecurrentStep(context, 2, 4) {}

  void run(const Args& args) const override {
    const float *x = args.input<float>(0), *h = args.input<float>(1);
    float* y = args.output<float>(0);
    gemm::Epilogue epilogue;
    epilogue.shift = args.input<float>(3);
    for (std::int64_t i = 0; i < time_; ++i) {
      const std::int64_t step = step_at(i);
      const float* inner = product(args, h, epilogue);
      const bool* seen = seen_at(args, step);
      float* out = y + step * batch_ * units_;
      for_rows(args, [&](std::int64_t row) {
        if (seen && !seen[row])
          copy(out + row * units_, h + row * units_, units_);
        else
          step_.gru(x + (step * batch_ + row) * gates_, inner + row * gates_, h + row * units_, units_,
                    out + row * units_);
      });
      h = out;
    }
    copy(args.output<float>(1), h, batch_ * units_);
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
