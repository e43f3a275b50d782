// Host part of the GPU kernels of all functors, cast and select: one launch per op.
#include "kernels/elementwise/elementwise_cuda.h"

#include "kernels/elementwise/activation.h"
#include "kernels/elementwise/arithmetic.h"
#include "kernels/elementwise/compare.h"
#include "kernels/elementwise/transcendental.h"

namespace keratin::elementwise {
namespace {

using dispatch::Args;
using dispatch::KernelDef;
using dispatch::KernelRow;
using dispatch::PrepareContext;

bool make_parameters(const PrepareContext& context, ElementwiseParameters& parameters) {
  const std::vector<std::int64_t> shape = context.out_shape();
  std::array<std::vector<std::int64_t>, 3> strides;
  for (std::size_t k = 0; k < 3; ++k)
    strides[k] = k < context.node.inputs.size() ? launch::broadcast_strides(context.in_shape(k), shape.size())
                                                : std::vector<std::int64_t>(shape.size(), 0);
  parameters.count = ir::product(context.node.results[0].shape).value();
  return launch::make_nest(shape, strides, parameters.nest);
}

const char* refuses(const PrepareContext& context) {
  for (const ir::Value& value : context.node.inputs)
    if (!launch::has_kernel(value.dtype())) return "no GPU kernel for this dtype";
  if (!launch::has_kernel(context.node.results[0].dtype)) return "no GPU kernel for the result's dtype";
  ElementwiseParameters parameters{};
  return make_parameters(context, parameters) ? nullptr : "more than 6 axes remain after joining";
}

class ElementwiseStep final : public dispatch::Step {
 public:
  ElementwiseStep(const PrepareContext& context, std::string kernel, const Parameters& attributes)
      : operands_(context.node.inputs.size()), kernel_(std::move(kernel)) {
    make_parameters(context, parameters_);
    std::copy(attributes.begin(), attributes.end(), parameters_.parameter);
    launch_ = launch::flat(kernel_.c_str(), parameters_.count);
  }
  void run(const Args& args) const override {
    if (parameters_.count == 0) return;
    ElementwiseParameters parameters = parameters_;
    std::copy(args.in, args.in + operands_, parameters.in);
    parameters.out = args.out[0];
    args.stream->launch(launch_, launch::bytes_of(parameters));
  }

 private:
  std::size_t operands_;
  std::string kernel_;
  ElementwiseParameters parameters_{};
  device::Launch launch_;
};

template <class F>
std::unique_ptr<dispatch::Step> prepare(PrepareContext& context) {
  return std::make_unique<ElementwiseStep>(context, launch::entry_name(F::name, context.node.in(0).dtype),
                                           parameters_of<F>(context.node));
}
std::unique_ptr<dispatch::Step> prepare_cast(PrepareContext& context) {
  const std::string from = launch::entry_name("cast", context.node.in(0).dtype);
  return std::make_unique<ElementwiseStep>(
      context, launch::entry_name(from.c_str(), context.node.results[0].dtype), Parameters{});
}
std::unique_ptr<dispatch::Step> prepare_select(PrepareContext& context) {
  return std::make_unique<ElementwiseStep>(context, launch::entry_name("select", context.node.in(1).dtype),
                                           Parameters{});
}

template <class F>
constexpr KernelDef functor_kernels[] = {{"flat", refuses, prepare<F>}};
constexpr KernelDef cast_kernels[] = {{"flat", refuses, prepare_cast}};
constexpr KernelDef select_kernels[] = {{"flat", refuses, prepare_select}};

template <class... F>
constexpr std::array<KernelRow, sizeof...(F)> rows_of(List<F...>) {
  return {KernelRow{F::name, functor_kernels<F>}...};
}
template <std::size_t... N>
constexpr auto join(const std::array<KernelRow, N>&... parts) {
  std::array<KernelRow, (N + ...)> all{};
  std::size_t at = 0;
  auto copy = [&](const auto& part) {
    for (const KernelRow& row : part) all[at++] = row;
  };
  (copy(parts), ...);
  return all;
}

constexpr std::array<KernelRow, 2> typed_rows = {{{"cast", cast_kernels}, {"select", select_kernels}}};
constexpr auto rows =
    join(rows_of(ArithmeticUnary()), rows_of(ArithmeticBinary()), rows_of(TranscendentalUnary()),
         rows_of(TranscendentalBinary()), rows_of(CompareUnary()), rows_of(CompareBinary()),
         rows_of(Activations()), typed_rows);

}  // namespace
}  // namespace keratin::elementwise

namespace keratin {
extern const dispatch::KernelList kernels_elementwise_cuda{elementwise::rows};
}  // namespace keratin
