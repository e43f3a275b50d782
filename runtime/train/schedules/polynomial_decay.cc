#include "runtime/train/schedule.h"

namespace keratin {
namespace {

using namespace train;
using keras::Number;

struct Config {
  Number initial_learning_rate, decay_steps, end_learning_rate, power;
  bool cycle;
  Json name;

  template <class V>
  void describe(V& v) {
    v("initial_learning_rate", initial_learning_rate);
    v("decay_steps", decay_steps);
    v("end_learning_rate", end_learning_rate, 0.0001);
    v("power", power, 1.0);
    v("cycle", cycle, false);
    v("name", name, "PolynomialDecay");
  }
};

ir::Value rate(ir::Value step, const Config& c) {
  check_steps("decay_steps", c.decay_steps);
  ir::Value steps = ir::constant_like(step, c.decay_steps.value), at = step;
  if (c.cycle) {  // the first multiple of decay_steps that isn't smaller than the step
    const ir::Value one = ir::constant_like(step, 1), zero = ir::constant_like(step, 0);
    steps = steps * ir::select(ir::compare("equal", step, zero), one, ir::unary("ceil", step / steps));
  } else {
    at = ir::minimum(step, steps);
  }
  const ir::Value start = ir::constant_like(step, c.initial_learning_rate.value),
                  end = ir::constant_like(step, c.end_learning_rate.value);
  const ir::Value left = ir::binary("power", 1.0 - at / steps, ir::constant_like(step, c.power.value));
  return (start - end) * left + end;
}

const ScheduleCase cases[] = {
    {R"({"initial_learning_rate": 0.1, "decay_steps": 20})"},
    {R"({"initial_learning_rate": 0.1, "decay_steps": 10, "end_learning_rate": 0.01, "power": 0.5, "cycle": true})"},
    {R"({"initial_learning_rate": 0.3, "decay_steps": 30, "power": 2.0})"}};

}  // namespace
extern const ScheduleDef schedule_polynomial_decay =
    define_schedule<Config, rate>({.class_name = "PolynomialDecay", .cases = cases});
}  // namespace keratin
