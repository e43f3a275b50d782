#include <numbers>

#include "runtime/train/schedule.h"

namespace keratin {
namespace {

using namespace train;
using keras::Number;

struct Config {
  Number initial_learning_rate, first_decay_steps, t_mul, m_mul, alpha;
  Json name;

  template <class V>
  void describe(V& v) {
    v("initial_learning_rate", initial_learning_rate);
    v("first_decay_steps", first_decay_steps);
    v("t_mul", t_mul, 2.0);
    v("m_mul", m_mul, 1.0);
    v("alpha", alpha, 0.0);
    v("name", name, "SGDRDecay");
  }
};

ir::Value rate(ir::Value step, const Config& c) {
  check_steps("first_decay_steps", c.first_decay_steps);
  const ir::Value t_mul = ir::constant_like(step, c.t_mul.value),
                  m_mul = ir::constant_like(step, c.m_mul.value),
                  alpha = ir::constant_like(step, c.alpha.value);
  const ir::Value done = step / c.first_decay_steps.value;
  ir::Value restarts, fraction;
  if (c.t_mul.value == 1.0) {
    restarts = ir::unary("floor", done);
    fraction = done - restarts;
  } else {
    restarts = ir::unary("floor", ir::log(1.0 - done * (1.0 - t_mul)) / ir::log(t_mul));
    const ir::Value power = ir::binary("power", t_mul, restarts);
    fraction = (done - (1.0 - power) / (1.0 - t_mul)) / power;
  }
  const ir::Value wave = ir::unary("cos", fraction * std::numbers::pi) + 1.0;
  const ir::Value cosine = ir::binary("power", m_mul, restarts) * 0.5 * wave;
  return ((1.0 - alpha) * cosine + alpha) * c.initial_learning_rate.value;
}

// Away from the iterations of a restart, where rounding of the logarithm decides.
const ScheduleCase cases[] = {
    {R"({"initial_learning_rate": 0.1, "first_decay_steps": 6})", {0, 1, 2, 5, 8, 13, 17, 20, 34, 40, 50}},
    {R"({"initial_learning_rate": 0.1, "first_decay_steps": 7, "t_mul": 1.0, "m_mul": 0.9, "alpha": 0.1})",
     {0, 1, 2, 5, 8, 13, 16, 20, 34, 40, 50}},
    {R"({"initial_learning_rate": 0.2, "first_decay_steps": 4, "t_mul": 1.5, "m_mul": 0.5})",
     {0, 1, 2, 3, 5, 8, 12, 17, 21, 30}}};

}  // namespace
extern const ScheduleDef schedule_cosine_decay_restarts =
    define_schedule<Config, rate>({.class_name = "CosineDecayRestarts", .cases = cases});
}  // namespace keratin
