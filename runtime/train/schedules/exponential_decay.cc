#include "runtime/train/schedule.h"

namespace keratin {
namespace {

using namespace train;
using keras::Number;

struct Config {
  Number initial_learning_rate, decay_steps, decay_rate;
  bool staircase;
  Json name;

  template <class V>
  void describe(V& v) {
    v("initial_learning_rate", initial_learning_rate);
    v("decay_steps", decay_steps);
    v("decay_rate", decay_rate);
    v("staircase", staircase, false);
    v("name", name, "ExponentialDecay");
  }
};

ir::Value rate(ir::Value step, const Config& c) {
  check_steps("decay_steps", c.decay_steps);
  ir::Value p = step / c.decay_steps.value;
  if (c.staircase) p = ir::unary("floor", p);
  return ir::binary("power", ir::constant_like(step, c.decay_rate.value), p) * c.initial_learning_rate.value;
}

const ScheduleCase cases[] = {
    {R"({"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.9})"},
    {R"({"initial_learning_rate": 0.05, "decay_steps": 4, "decay_rate": 0.5, "staircase": true})"}};

}  // namespace
extern const ScheduleDef schedule_exponential_decay =
    define_schedule<Config, rate>({.class_name = "ExponentialDecay", .cases = cases});
}  // namespace keratin
