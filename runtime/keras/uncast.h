// The first input as the model has it, for layers that don't want it in their compute dtype.
#pragma once

#include "runtime/keras/lower.h"

namespace keratin::keras {

inline ir::Value uncast_input(LowerContext& cx) {
  std::vector<Traced> inputs;
  for (const Argument& argument : cx.call.args) argument.flatten(inputs);
  return inputs.empty() ? cx.input() : inputs[0].value;
}

}  // namespace keratin::keras
