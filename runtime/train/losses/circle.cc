#include <limits>

#include "runtime/ir/build_nn.h"
#include "runtime/train/loss.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  keras::Number gamma, margin;
  bool remove_diagonal;

  template <class V>
  void describe(V& v) {
    v("gamma", gamma, 80.0);
    v("margin", margin, 0.4);
    v("remove_diagonal", remove_diagonal, true);
  }
};

// The logarithm of the sum of gamma · max(optimum ± distance, 0) · (margin - distance) over the pairs of
// mask.
ir::Value log_sum(ir::Value mask, ir::Value weight, ir::Value gap) {
  const ir::Value hits = ir::cast(mask, weight.dtype()), zero = ir::constant_like(weight, 0);
  const ir::Value pairs = ir::maximum(weight * hits, zero) * gap;
  const ir::Value nothing = ir::constant_like(pairs, -std::numeric_limits<double>::infinity());
  return ir::logsumexp(ir::select(mask, pairs, nothing), {1});
}

ir::Value values(LossContext& cx, ir::Value y_true, ir::Value y_pred, const Config& c) {
  const ir::Value labels =
      ir::reshape(ir::cast(y_true, DType::int32), {ir::product(y_true.shape()), ir::Dim(1)});
  const ir::Value close = ir::dot(y_pred, ir::transpose(y_pred, {1, 0}));
  const ir::Value distance = ir::maximum(1.0 - close, ir::constant_like(close, 0));
  ir::Value same = ir::compare("equal", labels, ir::transpose(labels, {1, 0}));
  const ir::Value other = ir::unary("logical_not", same);
  if (c.remove_diagonal) {
    const ir::Value row = ir::iota(y_pred.graph(), DType::int32, {labels.shape()[0], ir::Dim(1)}, 0);
    same = ir::binary("logical_and", same, ir::compare("not_equal", row, ir::transpose(row, {1, 0})));
  }
  const ir::Value alike =
      log_sum(same, distance + c.margin.value, (c.margin.value - distance) * -c.gamma.value);
  const ir::Value apart =
      log_sum(other, (1 + c.margin.value) - distance, ((1 - c.margin.value) - distance) * c.gamma.value);
  const ir::Value losses = ir::unary("softplus", alike + apart);
  cx.mask = ir::compare("greater", losses, ir::constant_like(losses, 0));
  return losses;
}

constexpr LossCase cases[] = {
    {R"({})", "classes3[6] unit[6,4]"},
    {R"({"gamma": 20, "margin": 0.3})", "classes3[6,1] unit[6,4] weights[6]"},
    {R"({"remove_diagonal": false, "gamma": 5.0, "dtype": "float64"})", "classes3[6] unit[6,4]"},
};

}  // namespace
extern const LossDef loss_circle = define_loss<Config, values>(
    {.class_name = "Circle", .function_name = "circle", .casts_targets = false, .cases = cases});
}  // namespace keratin
