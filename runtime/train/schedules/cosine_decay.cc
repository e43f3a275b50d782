#include <numbers>

#include "runtime/train/schedule.h"

namespace keratin {
namespace {

using namespace train;
using keras::Number;

struct Config {
  Number initial_learning_rate, decay_steps, alpha;
  Json name;
  std::optional<Number> warmup_target;
  Number warmup_steps;

  template <class V>
  void describe(V& v) {
    v("initial_learning_rate", initial_learning_rate);
    v("decay_steps", decay_steps);
    v("alpha", alpha, 0.0);
    v("name", name, "CosineDecay");
    v("warmup_target", warmup_target, nullptr);
    v("warmup_steps", warmup_steps, 0);
  }
};

ir::Value decayed(ir::Value step, ir::Value steps, double from, double alpha) {
  const ir::Value cosine = (ir::unary("cos", step / steps * std::numbers::pi) + 1.0) * 0.5;
  return (cosine * (1 - alpha) + alpha) * from;
}

ir::Value rate(ir::Value step, const Config& c) {
  check_steps("decay_steps", c.decay_steps);
  const ir::Value steps = ir::constant_like(step, c.decay_steps.value);
  if (!c.warmup_target)
    return decayed(ir::minimum(step, steps), steps, c.initial_learning_rate.value, c.alpha.value);
  const ir::Value warmup = ir::constant_like(step, c.warmup_steps.value),
                  start = ir::constant_like(step, c.initial_learning_rate.value),
                  target = ir::constant_like(step, c.warmup_target->value);
  const ir::Value at = ir::minimum(step, steps + warmup);
  // with no steps to warm up in the first branch, 0 / 0, is never taken
  return ir::select(ir::compare("less", at, warmup), (target - start) * (at / warmup) + start,
                    decayed(at - warmup, steps, c.warmup_target->value, c.alpha.value));
}

const ScheduleCase cases[] = {
    {R"({"initial_learning_rate": 0.1, "decay_steps": 30})"},
    {R"({"initial_learning_rate": 0.1, "decay_steps": 20, "alpha": 0.1})"},
    {R"({"initial_learning_rate": 0.0, "decay_steps": 25, "warmup_target": 0.1, "warmup_steps": 6})"}};

}  // namespace
extern const ScheduleDef schedule_cosine_decay =
    define_schedule<Config, rate>({.class_name = "CosineDecay", .cases = cases});
}  // namespace keratin
