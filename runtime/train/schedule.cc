#include "runtime/train/schedule.h"

namespace keratin::train {

Schedule make_schedule(const Json& object) {
  return make_configured(object, registry_schedules(), "learning-rate schedule");
}

Json schedule_json(const Schedule& schedule) {
  return configured_json(schedule, "keras.optimizers.schedules");
}

ir::Value learning_rate_at(const Schedule& schedule, ir::Value iteration, DType dtype) {
  return schedule.def->rate(ir::cast(iteration, dtype), schedule.config.get());
}

}  // namespace keratin::train
