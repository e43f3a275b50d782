#include "kernels/pool/max_pool_grad.h"

#include <algorithm>

#include "kernels/conv/geometry.h"

namespace keratin::pool {
namespace {

using dispatch::Args;
using dispatch::PrepareContext;

constexpr std::int64_t most_lanes = 64;  // channels looked at together

// The first of equal maxima gets all, as in the reference; an image's channels are split among the threads.
class MaxPoolGradStep final : public dispatch::Step {
 public:
  explicit MaxPoolGradStep(PrepareContext& context)
      : g_(conv::window_geometry(context.in_shape(0), context.in_shape(1), context.node)) {}

  void run(const Args& args) const override {
    const std::int64_t blocks = (g_.channels + most_lanes - 1) / most_lanes;
    args.team->parallel_for(g_.batch * blocks, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t first = i % blocks * most_lanes;
        run_block(args, i / blocks, first, std::min(most_lanes, g_.channels - first));
      }
    });
  }

 private:
  std::int64_t pixels() const { return g_.axes[0].size * g_.axes[1].size * g_.axes[2].size; }

  // Some channels of one image.
  void run_block(const Args& args, std::int64_t n, std::int64_t first, std::int64_t lanes) const {
    const auto& [a, b, c] = g_.axes;
    const float* x = args.input<float>(0) + n * pixels() * g_.channels + first;
    const float* dy = args.input<float>(1) + n * a.out * b.out * c.out * g_.channels + first;
    float* dx = args.output<float>(0) + n * pixels() * g_.channels + first;
    for (std::int64_t i = 0; i < pixels(); ++i) std::fill_n(dx + i * g_.channels, lanes, 0.0f);
    for (std::int64_t oa = 0; oa < a.out; ++oa)
      for (std::int64_t ob = 0; ob < b.out; ++ob)
        for (std::int64_t oc = 0; oc < c.out; ++oc, dy += g_.channels)
          run_window(x, dy, dx, {oa, ob, oc}, lanes);
  }

  void run_window(const float* x, const float* dy, float* dx, const std::array<std::int64_t, 3>& o,
                  std::int64_t lanes) const {
    const auto& [a, b, c] = g_.axes;
    float top[most_lanes];
    std::int32_t place[most_lanes];  // the pixel of the top
    bool any = false;
    for (std::int64_t ka = 0; ka < a.window; ++ka)
      for (std::int64_t kb = 0; kb < b.window; ++kb)
        for (std::int64_t kc = 0; kc < c.window; ++kc) {
          const std::int64_t xa = a.source(o[0], ka), xb = b.source(o[1], kb), xc = c.source(o[2], kc);
          if (xa < 0 || xb < 0 || xc < 0) continue;
          const std::int64_t pixel = (xa * b.size + xb) * c.size + xc;
          take(x + pixel * g_.channels, static_cast<std::int32_t>(pixel), lanes, !any, top, place);
          any = true;
        }
    if (!any) return;
    for (std::int64_t i = 0; i < lanes; ++i) dx[place[i] * g_.channels + i] += dy[i];
  }

  static void take(const float* values, std::int32_t pixel, std::int64_t lanes, bool first, float* top,
                   std::int32_t* place) {
    for (std::int64_t i = 0; i < lanes; ++i) {
      const bool more = first || values[i] > top[i];
      top[i] = more ? values[i] : top[i];
      place[i] = more ? pixel : place[i];
    }
  }

  conv::Geometry g_;
};

}  // namespace

std::unique_ptr<dispatch::Step> prepare_max_pool_grad(PrepareContext& context) {
  return std::make_unique<MaxPoolGradStep>(context);
}

}  // namespace keratin::pool
