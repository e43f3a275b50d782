#include "kernels/pool/max_pool_grad.h"

#include <algorithm>

#include "kernels/conv/geometry.h"
#include "runtime/core/align.h"

namespace keratin::pool {
namespace {

using dispatch::Args;
using dispatch::PrepareContext;

constexpr std::int64_t block = 64;  // channels that one thread takes when there are more threads than images

// The windows lie side by side and leave no pixel out.
bool tiles(const conv::Axis& axis) {
  return axis.low == 0 && axis.dilation == 1 && axis.stride == axis.window &&
         axis.out * axis.stride == axis.size;
}

// The first of equal maxima gets all, as in the reference.
class MaxPoolGradStep final : public dispatch::Step {
 public:
  explicit MaxPoolGradStep(PrepareContext& context)
      : window_(grad_window()),
        g_(conv::window_geometry(context.in_shape(0), context.in_shape(1), context.node)),
        tiles_(tiles(g_.axes[0]) && tiles(g_.axes[1]) && tiles(g_.axes[2])) {
    blocks_ = g_.batch >= context.threads ? 1 : std::max<std::int64_t>(1, (g_.channels + block - 1) / block);
    parts_ = std::min<std::int64_t>(context.threads, g_.batch * blocks_);
    context.scratch_bytes = static_cast<std::size_t>(parts_) * table_bytes();
  }

  void run(const Args& args) const override {
    args.team->parallel_for(parts_, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t part = begin; part < end; ++part) {
        auto* table = reinterpret_cast<std::int64_t*>(static_cast<std::byte*>(args.scratch) +
                                                      static_cast<std::size_t>(part) * table_bytes());
        const std::int64_t all = g_.batch * blocks_;
        for (std::int64_t i = all * part / parts_; i < all * (part + 1) / parts_; ++i)
          run_block(args, i / blocks_, i % blocks_, table);
      }
    });
  }

 private:
  std::int64_t pixels() const { return g_.axes[0].size * g_.axes[1].size * g_.axes[2].size; }
  std::size_t table_bytes() const {
    const std::int64_t window = g_.axes[0].window * g_.axes[1].window * g_.axes[2].window;
    return aligned(static_cast<std::size_t>(window) * sizeof(std::int64_t));
  }

  // Some channels of one image.
  void run_block(const Args& args, std::int64_t n, std::int64_t which, std::int64_t* table) const {
    const auto& [a, b, c] = g_.axes;
    const std::int64_t first = which * block,
                       channels = blocks_ == 1 ? g_.channels : std::min(block, g_.channels - first);
    const std::int64_t image = n * pixels() * g_.channels + first;
    GradWindow window{
        table, 0, channels, args.input<float>(0) + image, nullptr, args.output<float>(0) + image, !tiles_};
    window.dy = args.input<float>(1) + n * a.out * b.out * c.out * g_.channels + first;
    if (!tiles_)
      for (std::int64_t i = 0; i < pixels(); ++i) std::fill_n(window.dx + i * g_.channels, channels, 0.0f);
    for (std::int64_t oa = 0; oa < a.out; ++oa)
      for (std::int64_t ob = 0; ob < b.out; ++ob)
        for (std::int64_t oc = 0; oc < c.out; ++oc, window.dy += g_.channels) {
          window.count = fill(table, {oa, ob, oc});
          if (window.count > 0) window_(window);
        }
  }

  // The window's pixels that are in the image; how many.
  std::int64_t fill(std::int64_t* table, const std::array<std::int64_t, 3>& o) const {
    const auto& [a, b, c] = g_.axes;
    std::int64_t count = 0;
    for (std::int64_t ka = 0; ka < a.window; ++ka)
      for (std::int64_t kb = 0; kb < b.window; ++kb) {
        const std::int64_t xa = a.source(o[0], ka), xb = b.source(o[1], kb);
        if (xa < 0 || xb < 0) continue;
        for (std::int64_t kc = 0; kc < c.window; ++kc)
          if (const std::int64_t xc = c.source(o[2], kc); xc >= 0)
            table[count++] = ((xa * b.size + xb) * c.size + xc) * g_.channels;
      }
    return count;
  }

  GradWindowFunction window_;
  conv::Geometry g_;
  bool tiles_;
  std::int64_t blocks_ = 1, parts_ = 1;
};

}  // namespace

std::unique_ptr<dispatch::Step> prepare_max_pool_grad(PrepareContext& context) {
  return std::make_unique<MaxPoolGradStep>(context);
}

}  // namespace keratin::pool
