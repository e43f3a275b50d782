#include "kernels/dot/dot_onednn.h"

#include <algorithm>

#include "kernels/dot/axes.h"
#include "kernels/elementwise/onednn_ending.h"
#include "runtime/core/align.h"

namespace keratin::dot {
namespace {

using dispatch::Args;
using dispatch::PrepareContext;
using ir::Ints;

// oneDNN reads an operand by one step per batch, row and column; a step of an axis of one element is free,
// but has to be at least what the inner axes take.
std::optional<std::array<std::int64_t, 3>> steps_of(const Shape& shape, const Ints& batch, const Ints& rows,
                                                    const Ints& columns) {
  const Shape strides = row_major_strides(shape);
  const auto b = join(batch, shape, strides), r = join(rows, shape, strides),
             c = join(columns, shape, strides);
  if (!b || !r || !c) return {};
  std::array<std::int64_t, 3> steps = {b->step, r->step, c->step};
  if (c->count == 1) steps[2] = 1;
  if (r->count == 1) steps[1] = c->count == 1 || steps[2] == 1 ? c->count : 1;
  if (c->count == 1 && r->count > 1 && steps[1] == 1) steps[2] = r->count;
  if (b->count == 1) steps[0] = r->count * c->count;
  return steps;
}

std::optional<onednn::Dot> problem_of(const PrepareContext& context) {
  const ir::Node& node = context.node;
  const Shape a = context.in_shape(0), b = context.in_shape(1);
  Ints ca = node.get<Ints>("contract_a"), cb = node.get<Ints>("contract_b");
  const Ints &ba = node.get<Ints>("batch_a"), &bb = node.get<Ints>("batch_b");
  sort_by_a(ca, cb);
  const Ints rows = rest(a.size(), ca, ba), columns = rest(b.size(), cb, bb);
  const auto x = steps_of(a, ba, rows, ca), w = steps_of(b, bb, cb, columns);
  if (!x || !w) return {};
  onednn::Dot dot;
  dot.dtype = node.in(0).dtype;
  dot.threads = context.threads;
  dot.batch = count(ba, a);
  dot.rows = count(rows, a);
  dot.depth = count(ca, a);
  dot.columns = count(columns, b);
  dot.x_steps = *x;
  dot.w_steps = *w;
  dot.reorders = context.parameter[1] && dot.batch == 1;
  dot.epilogue = elementwise::onednn_epilogue(node);
  return dot;
}

class DotStep final : public dispatch::Step {
 public:
  explicit DotStep(PrepareContext& context) : ending_(context) {
    const onednn::Dot dot = *problem_of(context);
    primitive_ = onednn::make(dot);
    const onednn::Sizes sizes = onednn::table()->sizes(primitive_.get());
    threads_ = context.threads;
    packs_ = sizes.packed != 0;
    packed_at_ = aligned(sizes.scratch);
    context.scratch_bytes = std::max(packed_at_ + sizes.packed, ending_.scratch_bytes());
    if (context.threads > 1) context.runner = &onednn::table()->runner;
    if (!packs_) return;
    context.packings.push_back(
        {1, sizes.packed, [primitive = primitive_.get()](const void* raw, void* packed) {
           onednn::table()->reorder(primitive, raw, packed, 1);
         }});
  }

  void run(const Args& args) const override {
    const void* w = packs_ ? args.packed[0] : args.in[1];
    if (!w) {
      void* packed = static_cast<std::byte*>(args.scratch) + packed_at_;
      onednn::table()->reorder(primitive_.get(), args.in[1], packed, threads_);
      w = packed;
    }
    ending_.run(primitive_.get(), {.x = args.in[0], .w = w, .y = args.out[0]}, args);
  }

 private:
  elementwise::OnednnEnding ending_;
  onednn::PrimitivePtr primitive_;
  int threads_ = 1;
  bool packs_ = false;
  std::size_t packed_at_ = 0;
};

}  // namespace

const char* onednn_refuses(const PrepareContext& context) {
  if (const char* why = elementwise::why_no_ending(context.node)) return why;
  const std::optional<onednn::Dot> problem = problem_of(context);
  if (!problem) return "oneDNN: axes that can't be walked as one";
  return onednn::refuses(*problem);
}
std::unique_ptr<dispatch::Step> onednn_prepare(PrepareContext& context) {
  return std::make_unique<DotStep>(context);
}

}  // namespace keratin::dot
