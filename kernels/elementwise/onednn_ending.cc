#include "kernels/elementwise/onednn_ending.h"

#include "runtime/core/align.h"
#include "runtime/core/shape.h"

namespace keratin::elementwise {

onednn::Epilogue onednn_epilogue(const ir::Node& node) {
  const Ending ending(node);
  const epilogue::Places& places = ending.places();
  return {places.scale >= 0, places.shift >= 0, places.add >= 0};
}

OnednnEnding::OnednnEnding(const dispatch::PrepareContext& context)
    : ending_(context.node), elements_(element_count(context.out_shape())), threads_(context.threads) {
  if (ending_.finish()) part_bytes_ = aligned(ending_.finish()->scratch_bytes());
}

std::size_t OnednnEnding::scratch_bytes() const { return static_cast<std::size_t>(threads_) * part_bytes_; }

void OnednnEnding::run(const onednn::Primitive* primitive, onednn::Arguments arguments,
                       const dispatch::Args& args) const {
  const gemm::Epilogue e = ending_.epilogue(args);
  arguments.scale = e.scale;
  arguments.shift = e.shift;
  arguments.add = e.add;
  arguments.scratch = args.scratch;
  onednn::table()->run(primitive, arguments);
  if (e.clamp || ending_.finish()) finish(args, e);
}

void OnednnEnding::finish(const dispatch::Args& args, const gemm::Epilogue& e) const {
  const std::int64_t parts = gemm::useful_parts(*args.team, elements_);
  gemm::run_parts(args.team, parts, [&](std::int64_t part) {
    const std::int64_t begin = elements_ * part / parts, end = elements_ * (part + 1) / parts;
    float* y = args.output<float>(0);
    if (ending_.finish())
      return ending_.finish()->run(
          y + begin, end - begin,
          static_cast<std::byte*>(args.scratch) + static_cast<std::size_t>(part) * part_bytes_);
    for (std::int64_t i = begin; i < end; ++i) {
      const float raised = y[i] < e.low ? e.low : y[i];  // NaN is neither below nor above
      y[i] = raised > e.high ? e.high : raised;
    }
  });
}

}  // namespace keratin::elementwise
