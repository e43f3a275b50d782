#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  double l1, l2;

  template <class V>
  void describe(V& v) {
    v("l1", l1, 0.0);
    v("l2", l2, 0.0);
  }
};

// Keras divides activity losses by the batch size.
ir::Values lower(LowerContext& cx, const Config& c) {
  const ir::Value x = cx.input();
  if (cx.training() && (c.l1 != 0 || c.l2 != 0)) {
    ir::Ints axes(x.rank());
    for (std::size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<std::int64_t>(i);
    const ir::Value loss = ir::sum(ir::unary("abs", x), axes) * c.l1 + ir::sum(ir::square(x), axes) * c.l2;
    cx.add_loss(x.rank() == 0 ? loss : loss / ir::dimension(cx.graph(), x.shape()[0], x.dtype()));
  }
  return {x};
}

constexpr LayerCase cases[] = {
    {R"({"l1": 0.1, "l2": 0.2})", "float32[2,5]"},
};

}  // namespace
extern const LayerDef layer_activity_regularization = define_layer<Config, build_nothing<Config>, lower>(
    {.class_name = "ActivityRegularization", .masking = Masking::passes, .cases = cases});
}  // namespace keratin
