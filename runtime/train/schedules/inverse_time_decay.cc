#include "runtime/train/decay.h"

namespace keratin {
namespace {

using namespace train;

struct Config : Decay {
  template <class V>
  void describe(V& v) {
    Decay::describe(v, "InverseTimeDecay");
  }
};

ir::Value rate(ir::Value step, const Config& c) {
  const ir::Value p = c.periods(step);
  return ir::constant_like(step, c.initial_learning_rate.value) / (p * c.decay_rate.value + 1.0);
}

const ScheduleCase cases[] = {
    {R"({"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 0.5})"},
    {R"({"initial_learning_rate": 0.2, "decay_steps": 5.0, "decay_rate": 0.7, "staircase": true})"}};

}  // namespace
extern const ScheduleDef schedule_inverse_time_decay =
    define_schedule<Config, rate>({.class_name = "InverseTimeDecay", .cases = cases});
}  // namespace keratin
