// softmax and log_softmax of float32 rows on the CPU.
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
  const auto& axes = context.node.get<ir::Ints>("axis");
  const std::size_t rank = context.node.in(0).rank();
  for (std::size_t i = rank - std::min(rank, axes.size()); i < rank; ++i)
    if (std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(i)) == axes.end())
      return "only the last axes";
  return nullptr;
}

template <bool logarithm>
std::unique_ptr<dispatch::Step> prepare(PrepareContext& context) {
  const Shape shape = context.in_shape(0);
  const auto axes = context.node.get<ir::Ints>("axis").size();
  std::int64_t length = 1;
  for (std::size_t i = shape.size() - axes; i < shape.size(); ++i) length *= shape[i];
  const std::int64_t count = length ? element_count(shape) / length : 0;
  const auto row = logarithm ? rows::kernels().log_softmax : rows::kernels().softmax;
  return dispatch::make_step([=](const Args& args) {
    const float* x = args.input<float>(0);
    float* y = args.output<float>(0);
    args.team->parallel_for(count, (1 << 13) / std::max<std::int64_t>(length, 1) + 1,
                            [=](std::int64_t begin, std::int64_t end) {
                              for (std::int64_t i = begin; i < end; ++i)
                                row(x + i * length, length, y + i * length);
                            });
  });
}

constexpr dispatch::KernelDef softmax[] = {{"rows", refuses, prepare<false>}},
                              log_softmax[] = {{"rows", refuses, prepare<true>}};
constexpr dispatch::KernelRow list[] = {{"softmax", softmax}, {"log_softmax", log_softmax}};

}  // namespace
extern const dispatch::KernelList kernels_softmax_cpu{list};
}  // namespace keratin
