// layer_norm and rms_norm of float32 rows on the CPU.
#include <algorithm>

#include "kernels/reduce/rows.h"
#include "runtime/core/shape.h"
#include "runtime/dispatch/kernel.h"

namespace keratin {
namespace {

using dispatch::Args;
using dispatch::PrepareContext;

const char* refuses(const PrepareContext& context) {
  if (context.node.in(0).dtype != DType::float32) return "only float32";
  const auto& axes = context.node.get<ir::Ints>("axes");
  const std::size_t first = context.node.in(0).rank() - axes.size();
  for (std::size_t i = 0; i < axes.size(); ++i)
    if (axes[i] != static_cast<std::int64_t>(first + i)) return "only the last axes";
  return nullptr;
}

template <bool centred>
std::unique_ptr<dispatch::Step> prepare(PrepareContext& context) {
  const Shape shape = context.in_shape(0);
  std::int64_t length = 1;
  for (std::int64_t axis : context.node.get<ir::Ints>("axes"))
    length *= shape[static_cast<std::size_t>(axis)];
  const std::int64_t count = length ? element_count(shape) / length : 0;
  const auto epsilon = static_cast<float>(context.node.get<double>("epsilon"));
  const rows::Kernels& kernels = rows::kernels();
  return dispatch::make_step([=, &kernels](const Args& args) {
    const float *x = args.input<float>(0), *gamma = args.input<float>(1);
    float* y = args.output<float>(0);
    args.team->parallel_for(
        count, (1 << 14) / std::max<std::int64_t>(length, 1) + 1, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin * length; i < end * length; i += length) {
            if constexpr (centred)
              kernels.layer_norm(x + i, gamma, args.input<float>(2), length, epsilon, y + i);
            else
              kernels.rms_norm(x + i, gamma, length, epsilon, y + i);
          }
        });
  });
}

constexpr dispatch::KernelDef layer_norm[] = {{"rows", refuses, prepare<true>}},
                              rms_norm[] = {{"rows", refuses, prepare<false>}};
constexpr dispatch::KernelRow list[] = {{"layer_norm", layer_norm}, {"rms_norm", rms_norm}};

}  // namespace
extern const dispatch::KernelList kernels_norm_cpu{list};
}  // namespace keratin
