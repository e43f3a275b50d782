// Learning-rate schedules: graphs of the iteration. One file each in schedules/.
#pragma once

#include "runtime/ir/build.h"
#include "runtime/train/configured.h"

namespace keratin::train {

// A row of the tests: config, and the iterations at which real Keras is asked.
struct ScheduleCase {
  const char* config;
  std::vector<std::int64_t> iterations = {0, 1, 2, 3, 5, 8, 13, 21, 34, 55};
};

struct ScheduleDef {
  const char* class_name;
  ConfigFunctions config;
  // step: the iteration in the dtype of the rate.
  ir::Value (*rate)(ir::Value step, const void* config);
  std::span<const ScheduleCase> cases = {};
  std::span<const char* const> aliases = {};
};

template <class Config, ir::Value (*Rate)(ir::Value, const Config&)>
constexpr ScheduleDef define_schedule(ScheduleDef def) {
  def.config = config_functions<Config>();
  def.rate = [](ir::Value step, const void* config) {
    return Rate(step, *static_cast<const Config*>(config));
  };
  return def;
}

using Schedule = Configured<ScheduleDef>;
Schedule make_schedule(const Json& object);
Json schedule_json(const Schedule& schedule);
// The rate, of this dtype, at an iteration (an integer scalar).
ir::Value learning_rate_at(const Schedule& schedule, ir::Value iteration, DType dtype);

// Throws Error{corrupt_file} unless the number of steps under key is positive.
inline void check_steps(const char* key, const keras::Number& steps) {
  check(steps.value > 0, ErrorCode::corrupt_file, "\"", key, "\" is ", steps.value, ": expected more than 0");
}

}  // namespace keratin::train

namespace keratin {
std::span<const train::ScheduleDef* const> registry_schedules();
}
