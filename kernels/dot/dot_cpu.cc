// dot_general on the CPU: in float32 every form becomes a batch of row-major products; an operand whose axes
// don't lie that way is rearranged in scratch memory first. oneDNN for other types.
#include <algorithm>

#include "kernels/dot/axes.h"
#include "kernels/dot/dot_onednn.h"
#include "kernels/dot/gemm.h"
#include "kernels/elementwise/ending.h"
#include "kernels/layout/strided.h"
#include "runtime/core/shape.h"
#include "runtime/dispatch/kernel.h"

namespace keratin {
namespace {

using dispatch::Args;
using dispatch::PrepareContext;
using dot::count;
using dot::Group;
using dot::join;
using dot::rest;
using ir::Ints;

// One operand as [batch][outer][inner], where inner is dense, or, across, outer is.
struct Operand {
  std::vector<std::int64_t> batch;  // offset per batch
  Group outer;
  std::int64_t inner = 1;
  bool across = false;             // outer.step leads from one inner element to the next
  Shape copy_shape, copy_strides;  // not empty: rearrange like this first
  std::int64_t elements = 0;
};

std::size_t at(std::int64_t axis) { return static_cast<std::size_t>(axis); }

std::vector<std::int64_t> offsets(const Ints& axes, const Shape& shape, const Shape& strides) {
  std::vector<std::int64_t> all = {0};
  for (std::int64_t axis : axes) {
    std::vector<std::int64_t> next;
    next.reserve(all.size() * at(shape[at(axis)]));
    for (std::int64_t base : all)
      for (std::int64_t i = 0; i < shape[at(axis)]; ++i) next.push_back(base + i * strides[at(axis)]);
    all = std::move(next);
  }
  return all;
}

Operand arrange(const Shape& shape, const Ints& batch, const Ints& outer, const Ints& inner,
                bool may_lie_across) {
  const Shape strides = row_major_strides(shape);
  Operand operand;
  operand.elements = element_count(shape);
  const auto outside = join(outer, shape, strides), inside = join(inner, shape, strides);
  if (outside && inside && (inside->count == 1 || inside->step == 1)) {
    operand.batch = offsets(batch, shape, strides);
    operand.outer = *outside;
    operand.inner = inside->count;
    if (operand.outer.count == 1) operand.outer.step = operand.inner;
    return operand;
  }
  if (may_lie_across && outside && inside && outside->step == 1 && outside->count > gemm::most_streamed) {
    operand.batch = offsets(batch, shape, strides);
    operand.outer = {outside->count, inside->step};
    operand.inner = inside->count;
    operand.across = true;
    return operand;
  }
  for (const Ints* axes : {&batch, &outer, &inner})
    for (std::int64_t axis : *axes) {
      operand.copy_shape.push_back(shape[at(axis)]);
      operand.copy_strides.push_back(strides[at(axis)]);
    }
  operand.inner = count(inner, shape);
  operand.outer = {count(outer, shape), operand.inner};
  for (std::int64_t i = 0, n = count(batch, shape); i < n; ++i)
    operand.batch.push_back(i * operand.outer.count * operand.inner);
  return operand;
}

void rearrange(const Operand& operand, const float* from, float* to) {
  layout::copy_strided(sizeof(float), operand.copy_shape, from, operand.copy_strides, to,
                       row_major_strides(operand.copy_shape));
}

class DotStep final : public dispatch::Step {
 public:
  explicit DotStep(PrepareContext& context) : kernels_(gemm::kernels()), ending_(context.node) {
    const ir::Node& node = context.node;
    const Shape a = context.in_shape(0), b = context.in_shape(1);
    Ints ca = node.get<Ints>("contract_a"), cb = node.get<Ints>("contract_b");
    const Ints &ba = node.get<Ints>("batch_a"), &bb = node.get<Ints>("batch_b");
    dot::sort_by_a(ca, cb);
    a_ = arrange(a, ba, rest(a.size(), ca, ba), ca, true);
    rows_ = a_.outer.count;
    // with more rows it pays to put B in order once
    const bool panels_from_rows = !context.parameter[1] && rows_ > gemm::most_streamed && rows_ <= 512;
    b_ = arrange(b, bb, cb, rest(b.size(), cb, bb), panels_from_rows);
    if (!a_.copy_shape.empty()) b_copy_ = a_.elements;
    constexpr std::int64_t aligned = 16;
    work_ = (b_copy_ + (b_.copy_shape.empty() ? 0 : b_.elements) + aligned - 1) / aligned * aligned;
    sizes_ = {rows_, b_.inner, 1, b_.outer.count, b_.outer.step};
    sizes_.finish = ending_.finish();
    sizes_.across = a_.across;
    sizes_.b_across = b_.across;
    context.scratch_bytes =
        at(work_) * sizeof(float) + gemm::product_scratch(kernels_, sizes_, context.threads);
    if (context.parameter[1] && (!b_.copy_shape.empty() || gemm::wants_packing(kernels_, sizes_)))
      ask_for_packing(context);
  }

  void run(const Args& args) const override {
    auto* scratch = static_cast<float*>(args.scratch);
    const auto* packed = packs_ ? static_cast<const float*>(args.packed[0]) : nullptr;
    const float *a = args.input<float>(0), *b = args.input<float>(1);
    float* c = args.output<float>(0);
    if (!a_.copy_shape.empty()) {
      rearrange(a_, a, scratch);
      a = scratch;
    }
    if (!packed && !b_.copy_shape.empty()) {
      rearrange(b_, b, scratch + b_copy_);
      b = scratch + b_copy_;
    }
    const gemm::Epilogue epilogue = ending_.epilogue(args);
    for (std::size_t i = 0; i < a_.batch.size(); ++i) {
      const auto n = static_cast<std::int64_t>(i);
      const gemm::MatrixRows rows(a + a_.batch[i], a_.outer.step);
      const gemm::MatrixColumns columns(a + a_.batch[i], a_.outer.step);
      const float* panels = packed ? packed + n * packed_matrix() : nullptr;
      const bool in_order = panels && !panels_;
      gemm::product(kernels_, sizes_,
                    {a_.across ? static_cast<const gemm::RowSource*>(&columns) : &rows,
                     in_order ? panels : b + b_.batch[i], in_order ? nullptr : panels,
                     c + n * rows_ * b_.inner, b_.inner, epilogue.moved(0, n * rows_ * b_.inner)},
                    scratch + work_, args.team);
    }
  }

 private:
  void ask_for_packing(PrepareContext& context) {
    packs_ = true;
    const std::int64_t depth = b_.outer.count, columns = b_.inner;
    panels_ = gemm::wants_packing(kernels_, sizes_);
    auto pack = [b = b_, depth, columns, size = packed_matrix(), panels = panels_, &kernels = kernels_](
                    const void* raw, void* packed) {
      const auto* from = static_cast<const float*>(raw);
      auto* to = static_cast<float*>(packed);
      std::vector<float> ordered;
      if (!b.copy_shape.empty()) {
        ordered.resize(at(b.elements));
        rearrange(b, from, ordered.data());
        from = ordered.data();
      }
      for (std::size_t i = 0; i < b.batch.size(); ++i, to += size) {
        if (!panels)
          std::copy_n(from + b.batch[i], depth * columns, to);  // in order
        else
          gemm::pack(kernels, from + b.batch[i], b.outer.step, depth, columns, to);
      }
    };
    context.packings.push_back(
        {1, at(static_cast<std::int64_t>(b_.batch.size()) * packed_matrix()) * sizeof(float),
         std::move(pack)});
  }

  // Floats of one packed B.
  std::int64_t packed_matrix() const {
    return panels_ ? gemm::packed_size(kernels_, b_.outer.count, b_.inner) : b_.outer.count * b_.inner;
  }

  const gemm::Kernels& kernels_;
  Operand a_, b_;
  std::int64_t rows_ = 0;
  elementwise::Ending ending_;
  gemm::Sizes sizes_{};
  std::int64_t b_copy_ = 0, work_ = 0;   // where in the scratch memory
  bool packs_ = false, panels_ = false;  // what is packed: panels, or B in order
};

const char* refuses(const PrepareContext& context) {
  if (context.node.in(0).dtype != DType::float32) return "only float32";
  if (context.node.inputs.size() > 2 &&
      rest(context.node.in(1).rank(), context.node.get<Ints>("contract_b"), context.node.get<Ints>("batch_b"))
              .size() != 1)
    return "an epilogue by columns of more than one axis";
  return elementwise::why_no_ending(context.node);
}
std::unique_ptr<dispatch::Step> prepare(PrepareContext& context) {
  return std::make_unique<DotStep>(context);
}

constexpr dispatch::KernelDef kernels[] = {{"gemm", refuses, prepare},
                                           {"onednn", dot::onednn_refuses, dot::onednn_prepare}};
constexpr dispatch::KernelRow rows[] = {{"dot_general", kernels}, {"dot_general_epilogue", kernels}};

}  // namespace
extern const dispatch::KernelList kernels_dot_cpu{rows};
}  // namespace keratin
