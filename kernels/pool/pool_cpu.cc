// Windows over float32 pixels on the CPU: all channels of the window's pixels are joined at once.
#include <algorithm>
#include <string>

#include "kernels/conv/geometry.h"
#include "kernels/pool/max_pool_grad.h"
#include "kernels/reduce/rows.h"
#include "runtime/core/align.h"
#include "runtime/dispatch/kernel.h"

namespace keratin {
namespace {

using dispatch::Args;
using dispatch::PrepareContext;
using rows::Join;

class PoolStep final : public dispatch::Step {
 public:
  PoolStep(PrepareContext& context, Join join, bool average)
      : kernels_(rows::kernels()),
        g_(conv::window_geometry(context.in_shape(0), context.out_shape(), context.node)),
        join_(join),
        average_(average) {
    context.scratch_bytes = static_cast<std::size_t>(context.threads) * pointer_bytes();
  }

  void run(const Args& args) const override {
    const auto& [a, b, c] = g_.axes;
    const std::int64_t lines = g_.batch * a.out * b.out;
    const std::int64_t work = c.out * g_.channels * a.window * b.window * c.window;
    const std::int64_t parts = std::clamp<std::int64_t>(lines * work >> 17, 1, args.team->threads());
    args.team->parallel_for(parts, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t part = begin; part < end; ++part) {
        auto* memory =
            static_cast<std::byte*>(args.scratch) + static_cast<std::size_t>(part) * pointer_bytes();
        auto** pixels = reinterpret_cast<const float**>(memory);
        for (std::int64_t line = lines * part / parts; line < lines * (part + 1) / parts; ++line)
          run_line(args.input<float>(0), args.output<float>(0), line, pixels);
      }
    });
  }

 private:
  std::size_t pointer_bytes() const {
    const std::int64_t window = g_.axes[0].window * g_.axes[1].window * g_.axes[2].window;
    return aligned(static_cast<std::size_t>(window) * sizeof(float*));
  }

  // One row of pixels of the result.
  void run_line(const float* x, float* y, std::int64_t line, const float** pixels) const {
    const auto& [a, b, c] = g_.axes;
    const std::int64_t ob = line % b.out, oa = line / b.out % a.out, n = line / b.out / a.out;
    y += line * c.out * g_.channels;
    for (std::int64_t oc = 0; oc < c.out; ++oc, y += g_.channels) {
      std::int64_t count = 0;
      for (std::int64_t ka = 0; ka < a.window; ++ka)
        for (std::int64_t kb = 0; kb < b.window; ++kb) {
          const std::int64_t xa = a.source(oa, ka), xb = b.source(ob, kb);
          if (xa < 0 || xb < 0) continue;
          const float* row = x + ((n * a.size + xa) * b.size + xb) * c.size * g_.channels;
          for (std::int64_t kc = 0; kc < c.window; ++kc)
            if (const std::int64_t xc = c.source(oc, kc); xc >= 0) pixels[count++] = row + xc * g_.channels;
        }
      kernels_.columns[static_cast<std::size_t>(join_)](pixels, count, g_.channels, true, y);
      if (average_) kernels_.scale(y, g_.channels, static_cast<float>(count));
    }
  }

  const rows::Kernels& kernels_;
  conv::Geometry g_;
  Join join_;
  bool average_;
};

const char* refuses(const PrepareContext& context) {
  return context.node.in(0).dtype == DType::float32 ? nullptr : "only float32";
}
const char* refuses_max_grad(const PrepareContext& context) {
  const conv::Geometry g = conv::window_geometry(context.in_shape(0), context.in_shape(1), context.node);
  constexpr std::int64_t most = 1 << 24;  // places that a float can count
  std::int64_t window = 1;
  for (const conv::Axis& axis : g.axes) window *= axis.window;
  return window >= most ? "windows of 2^24 pixels and more" : refuses(context);
}
std::unique_ptr<dispatch::Step> prepare_reduce(PrepareContext& context) {
  const bool is_max = context.node.get<std::string>("kind") == "max";
  return std::make_unique<PoolStep>(context, is_max ? Join::max : Join::sum, false);
}
std::unique_ptr<dispatch::Step> prepare_average(PrepareContext& context) {
  return std::make_unique<PoolStep>(context, Join::sum, true);
}

constexpr dispatch::KernelDef reduce_window[] = {{"pixels", refuses, prepare_reduce}},
                              average_pool[] = {{"pixels", refuses, prepare_average}},
                              max_pool_grad[] = {{"pixels", refuses_max_grad, pool::prepare_max_pool_grad}};
constexpr dispatch::KernelRow list[] = {
    {"reduce_window", reduce_window}, {"average_pool", average_pool}, {"max_pool_grad", max_pool_grad}};

}  // namespace
extern const dispatch::KernelList kernels_pool_cpu{list};
}  // namespace keratin
