#include "runtime/train/loss.h"

namespace keratin {
namespace {

using namespace train;

struct Config {
  std::optional<keras::Number> delta;  // Keras 3 forgets it when it saves

  template <class V>
  void describe(V& v) {
    v.optional("delta", delta);
  }
};

ir::Value values(LossContext& cx, ir::Value y_true, ir::Value y_pred, const Config& c) {
  if (cx.keras3()) std::tie(y_true, y_pred) = squeeze_or_expand(y_true, y_pred);
  const double delta = c.delta ? c.delta->value : 1;
  const ir::Value error = y_pred - y_true, size = ir::unary("abs", error);
  const ir::Value near = ir::compare("less_equal", size, ir::constant_like(size, delta));
  return mean_of_last(ir::select(near, ir::square(error) * 0.5, size * delta - 0.5 * delta * delta));
}

constexpr const char* aliases[] = {"huber_loss"};
constexpr LossCase cases[] = {
    {R"({})", "normal[4,3] normal[4,3]"},
    {R"({"delta": 0.4})", "normal[4,3] normal[4,3] weights[4]"},
    {R"({"dtype": "float64", "delta": 0.3})", "normal[4,5,3] normal[4,5,3]"},
};

}  // namespace
extern const LossDef loss_huber = define_loss<Config, values>({.class_name = "Huber",
                                                               .function_name = "huber",
                                                               .default_name = "huber_loss",
                                                               .aliases = aliases,
                                                               .cases = cases});
}  // namespace keratin
