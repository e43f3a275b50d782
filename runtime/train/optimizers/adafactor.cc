#include "runtime/train/optimizer.h"

namespace keratin {
namespace {

using namespace train;
using keras::Number;

struct Config {
  Number beta_2_decay, epsilon_1, epsilon_2, clip_threshold;
  bool relative_step;

  template <class V>
  void describe(V& v) {
    v("beta_2_decay", beta_2_decay, -0.8);
    v("epsilon_1", epsilon_1, 1e-30);
    v("epsilon_2", epsilon_2, 0.001);
    v("clip_threshold", clip_threshold, 1.0);
    v("relative_step", relative_step, true);
  }
};

// The last two axes are factored: r has the rows' means, c the columns'.
void slots(const Config&, SlotContext& cx) {
  Shape r = cx.variable.shape(), c = r;
  const bool factored = r.size() >= 2;
  if (factored) {
    r.pop_back();
    c.erase(c.end() - 2);
  }
  cx.add({"r", "r", nullptr, {.shape = r, .dummy = !factored, .nameless = true}});
  cx.add({"c", "c", nullptr, {.shape = c, .dummy = !factored, .nameless = true}});
  cx.add({"velocity", "v", nullptr});
}

ir::Value all_mean(ir::Value x) {
  ir::Ints axes;
  for (std::size_t i = 0; i < x.rank(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  return axes.empty() ? x : ir::mean(x, std::move(axes));
}
ir::Value rms(ir::Value x) { return ir::sqrt(all_mean(ir::square(x))); }

ir::Value spread(UpdateContext& cx, const Config& c) {
  const ir::Value squares = ir::square(cx.gradient()) + c.epsilon_1.value;
  const ir::Value keep = 1.0 - ir::binary("power", cx.step(), cx.constant(c.beta_2_decay.value));
  const ir::Value take = 1.0 - keep;
  if (squares.rank() < 2) return keep * cx.slot("velocity") + take * squares;
  const ir::Value rows = cx.set_slot("r", keep * cx.slot("r") + take * ir::mean(squares, {-1}));
  const ir::Value columns = cx.set_slot("c", keep * cx.slot("c") + take * ir::mean(squares, {-2}));
  const ir::Value relative = rows / ir::mean(rows, {-1}, ir::Keep::yes);
  const auto rank = static_cast<std::int64_t>(squares.rank());
  return ir::expand_dims(relative, rank - 1) * ir::expand_dims(columns, rank - 2);
}

void update(const Config& c, UpdateContext& cx) {
  const ir::Value limit = ir::rsqrt(cx.step()), x = cx.variable();
  const ir::Value v = cx.set_slot("velocity", spread(cx, c));
  // relative_step asks for the same limit as the rate has anyway
  const ir::Value rate = ir::minimum(cx.learning_rate(), limit);
  const ir::Value alpha = ir::maximum(cx.constant(c.epsilon_2.value), rms(x)) * rate;
  const ir::Value u = cx.gradient() / ir::sqrt(v);
  cx.set_variable(x - alpha * (u / ir::maximum(cx.constant(1), rms(u) / c.clip_threshold.value)));
}

constexpr OptimizerCase cases[] = {
    {R"({"learning_rate": 0.3})", "keras_3 tf_keras"},
    {R"({"learning_rate": 0.5, "relative_step": false, "clip_threshold": 0.5, "beta_2_decay": -0.6})",
     "keras_3 tf_keras"},
    {R"({"learning_rate": 0.3, "epsilon_1": 0.001, "epsilon_2": 1.5, "weight_decay": 0.01})",
     "keras_3 tf_keras"},
};

}  // namespace
extern const OptimizerDef optimizer_adafactor =
    define_optimizer<Config, slots, update>({.class_name = "Adafactor", .cases = cases});
}  // namespace keratin
