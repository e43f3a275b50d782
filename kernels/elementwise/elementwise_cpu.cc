// Element-wise ops and fused chains of them on the CPU, by the tile interpreter.
#include "kernels/elementwise/activation.h"
#include "kernels/elementwise/arithmetic.h"
#include "kernels/elementwise/compare.h"
#include "kernels/elementwise/interpreter.h"
#include "kernels/elementwise/transcendental.h"
#include "runtime/dispatch/kernel.h"

namespace keratin {
namespace {

using namespace elementwise;
using dispatch::Args;
using dispatch::PrepareContext;

Interpreter interpreter_of(const PrepareContext& context) {
  std::vector<Interpreter::Input> inputs;
  for (std::size_t i = 0; i < context.node.inputs.size(); ++i)
    inputs.push_back({context.in_shape(i), context.node.in(i).dtype == DType::boolean});
  std::vector<bool> bools;
  for (const ir::Type& type : context.node.results) bools.push_back(type.dtype == DType::boolean);
  return {make_program(context.node), inputs, context.out_shape(), std::move(bools)};
}

class TileStep final : public dispatch::Step {
 public:
  explicit TileStep(PrepareContext& context) : interpreter_(interpreter_of(context)) {
    constexpr std::int64_t least = 1 << 16;  // work that is worth another thread
    parts_ = std::clamp<std::int64_t>(interpreter_.work() / least, 1, context.threads);
    context.scratch_bytes = static_cast<std::size_t>(parts_) * interpreter_.scratch_bytes();
  }
  void run(const Args& args) const override {
    auto* scratch = static_cast<std::byte*>(args.scratch);
    if (parts_ == 1) return interpreter_.run(args.in, args.out, 0, interpreter_.tiles(), scratch);
    args.team->parallel_for(parts_, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t part = begin; part < end; ++part)
        interpreter_.run(args.in, args.out, interpreter_.tiles() * part / parts_,
                         interpreter_.tiles() * (part + 1) / parts_,
                         scratch + static_cast<std::size_t>(part) * interpreter_.scratch_bytes());
    });
  }

 private:
  Interpreter interpreter_;
  std::int64_t parts_;
};

const char* refuses(const PrepareContext& context) { return why_not_program(context.node); }
std::unique_ptr<dispatch::Step> prepare(PrepareContext& context) {
  return std::make_unique<TileStep>(context);
}

constexpr dispatch::KernelDef tiles[] = {{"tiles", refuses, prepare}};

template <class... F>
constexpr auto rows_of(List<F...>) {
  return std::array<dispatch::KernelRow, sizeof...(F)>{{{F::name, tiles}...}};
}
template <std::size_t... N>
constexpr auto join(const std::array<dispatch::KernelRow, N>&... parts) {
  std::array<dispatch::KernelRow, (N + ...)> all{};
  std::size_t at = 0;
  auto copy = [&](const auto& part) {
    for (const dispatch::KernelRow& row : part) all[at++] = row;
  };
  (copy(parts), ...);
  return all;
}

constexpr std::array<dispatch::KernelRow, 3> others = {
    {{"select", tiles}, {"cast", tiles}, {"fused_elementwise", tiles}}};
constexpr auto rows = join(rows_of(ArithmeticUnary()), rows_of(ArithmeticBinary()),
                           rows_of(TranscendentalUnary()), rows_of(TranscendentalBinary()),
                           rows_of(CompareUnary()), rows_of(CompareBinary()), rows_of(Activations()), others);

}  // namespace
extern const dispatch::KernelList kernels_elementwise_cpu{rows};
}  // namespace keratin
