// Reductions in float32 on the CPU: of rows when the reduced axes come last, else of columns, row upon row;
// reduced axes that don't lie together are moved to the end first.
#include <algorithm>
#include <array>

#include "kernels/layout/strided.h"
#include "kernels/reduce/rows.h"
#include "runtime/core/shape.h"
#include "runtime/dispatch/kernel.h"

namespace keratin {
namespace {

using dispatch::Args;
using dispatch::PrepareContext;
using rows::Join;

bool holds(const ir::Ints& axes, std::size_t axis) {
  return std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(axis)) != axes.end();
}

// x as [outer][reduced][inner], after moving the reduced axes to the end when moved is not empty.
struct Layout {
  std::int64_t outer = 1, reduced = 1, inner = 1;
  Shape moved, strides;
};

Layout layout_of(const Shape& shape, const ir::Ints& axes) {
  Layout layout;
  std::size_t first = shape.size(), last = 0;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (holds(axes, i) && shape[i] != 1) {
      first = std::min(first, i);
      last = i + 1;
    }
  bool together = true;
  for (std::size_t i = first; i < last; ++i) together &= holds(axes, i) || shape[i] == 1;
  if (!together) {
    const Shape own = row_major_strides(shape);
    for (bool reduced : {false, true})
      for (std::size_t i = 0; i < shape.size(); ++i)
        if (holds(axes, i) == reduced) {
          layout.moved.push_back(shape[i]);
          layout.strides.push_back(own[i]);
          (reduced ? layout.reduced : layout.outer) *= shape[i];
        }
    return layout;
  }
  for (std::size_t i = 0; i < shape.size(); ++i)
    (i < first ? layout.outer : i < last ? layout.reduced : layout.inner) *= shape[i];
  return layout;
}

template <Join join, bool average>
class ReduceStep final : public dispatch::Step {
 public:
  explicit ReduceStep(PrepareContext& context)
      : kernels_(rows::kernels()),
        layout_(layout_of(context.in_shape(0), context.node.get<ir::Ints>("axes"))),
        elements_(element_count(context.in_shape(0))) {
    if (!layout_.moved.empty()) context.scratch_bytes = static_cast<std::size_t>(elements_) * sizeof(float);
  }

  void run(const Args& args) const override {
    const float* x = args.input<float>(0);
    float* y = args.output<float>(0);
    if (!layout_.moved.empty()) {
      layout::copy_strided(sizeof(float), layout_.moved, x, layout_.strides, args.scratch,
                           row_major_strides(layout_.moved));
      x = static_cast<const float*>(args.scratch);
    }
    const std::int64_t each = std::max<std::int64_t>(1, layout_.reduced * layout_.inner);
    args.team->parallel_for(layout_.outer, std::max<std::int64_t>(1, (1 << 16) / each),
                            [&](std::int64_t begin, std::int64_t end) { run_range(x, y, begin, end); });
  }

 private:
  void run_range(const float* x, float* y, std::int64_t begin, std::int64_t end) const {
    constexpr auto which = static_cast<std::size_t>(join);
    for (std::int64_t i = begin; i < end; ++i) {
      const float* from = x + i * layout_.reduced * layout_.inner;
      float* to = y + i * layout_.inner;
      if (layout_.inner == 1)
        *to = kernels_.reduce[which](from, layout_.reduced);
      else
        run_columns(from, to);
      if constexpr (average) kernels_.scale(to, layout_.inner, static_cast<float>(layout_.reduced));
    }
  }

  // Blocks of rows are summed for themselves, which keeps the error of long sums small.
  void run_columns(const float* from, float* to) const {
    constexpr std::int64_t block = 128;
    std::array<const float*, block> pointers;
    for (std::int64_t r = 0; r < layout_.reduced || r == 0; r += block) {
      const std::int64_t count = std::min(block, layout_.reduced - r);
      for (std::int64_t k = 0; k < count; ++k)
        pointers[static_cast<std::size_t>(k)] = from + (r + k) * layout_.inner;
      kernels_.columns[static_cast<std::size_t>(join)](pointers.data(), count, layout_.inner, r == 0, to);
    }
  }

  const rows::Kernels& kernels_;
  Layout layout_;
  std::int64_t elements_;
};

const char* refuses(const PrepareContext& context) {
  return context.node.in(0).dtype == DType::float32 ? nullptr : "only float32";
}
template <Join join, bool average = false>
std::unique_ptr<dispatch::Step> prepare(PrepareContext& context) {
  return std::make_unique<ReduceStep<join, average>>(context);
}

constexpr dispatch::KernelDef sum[] = {{"rows", refuses, prepare<Join::sum>}},
                              mean[] = {{"rows", refuses, prepare<Join::sum, true>}},
                              max[] = {{"rows", refuses, prepare<Join::max>}},
                              min[] = {{"rows", refuses, prepare<Join::min>}};
constexpr dispatch::KernelRow list[] = {
    {"reduce_sum", sum}, {"reduce_mean", mean}, {"reduce_max", max}, {"reduce_min", min}};

}  // namespace
extern const dispatch::KernelList kernels_reduce_cpu{list};
}  // namespace keratin
