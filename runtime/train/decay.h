// What the schedules share that decay by periods of decay_steps: their config, and how many have passed.
#pragma once

#include "runtime/train/schedule.h"

namespace keratin::train {

struct Decay {
  keras::Number initial_learning_rate, decay_steps, decay_rate;
  bool staircase;
  Json name;

  template <class V>
  void describe(V& v, const char* class_name) {
    v("initial_learning_rate", initial_learning_rate);
    v("decay_steps", decay_steps);
    v("decay_rate", decay_rate);
    v("staircase", staircase, false);
    v("name", name, class_name);
  }
  // Whole ones with staircase. Throws Error{corrupt_file} unless decay_steps is positive.
  ir::Value periods(ir::Value step) const {
    check_steps("decay_steps", decay_steps);
    const ir::Value passed = step / decay_steps.value;
    return staircase ? ir::unary("floor", passed) : passed;
  }
};

}  // namespace keratin::train
