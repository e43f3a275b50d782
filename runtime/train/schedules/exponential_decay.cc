#include "runtime/train/decay.h"

namespace keratin {
namespace {

using namespace train;

struct Config : Decay {
  template <class V>
  void describe(V& v) {
    Decay::describe(v, "ExponentialDecay");
  }
};

ir::Value rate(ir::Value step, const Config& c) {
  const ir::Value p = c.periods(step);
  return ir::binary("power", ir::constant_like(step, c.decay_rate.value), p) * c.initial_learning_rate.value;
}

const ScheduleCase cases[] = {
    {R"({"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.9})"},
    {R"({"initial_learning_rate": 0.05, "decay_steps": 4, "decay_rate": 0.5, "staircase": true})"}};

}  // namespace
extern const ScheduleDef schedule_exponential_decay =
    define_schedule<Config, rate>({.class_name = "ExponentialDecay", .cases = cases});
}  // namespace keratin
