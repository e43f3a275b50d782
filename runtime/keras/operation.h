// keras.ops (and TensorFlow op layers) as nodes of a functional model: one row per class, family by family.
#pragma once

#include <span>

#include "runtime/keras/lower.h"

namespace keratin::keras {

struct OperationDef {
  const char* class_name;  // "Mean", as keras.ops' Operation classes are called
  // Arguments come from the call and, where the file has them there, from config: cx.argument("axis",
  // position).
  ir::Values (*lower)(LowerContext& cx, const Json& config);
};
// A row of the tests, compared with real Keras' golden. inputs is JSON: a list of types, numbers, or lists of
// them.
struct OperationCase {
  const char* class_name;
  const char* module;  // "numpy" of keras.src.ops.numpy
  const char* config;
  const char* inputs;
};
struct OperationFamily {
  std::span<const OperationDef> rows;
  std::span<const OperationCase> cases = {};
};
const OperationDef* find_operation(std::string_view class_name);

}  // namespace keratin::keras

namespace keratin {
std::span<const keras::OperationFamily* const> registry_operations();
}
