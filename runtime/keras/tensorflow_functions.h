// TensorFlow functions by their public names, as TFOpLambda layers hold them, in terms of operations.
#pragma once

#include <span>
#include <string_view>

#include "runtime/keras/operation.h"

namespace keratin::keras {

struct TensorflowFunction {
  const char* name;       // "math.reduce_mean"
  const char* operation;  // "Mean"
  // "input_tensor=x axis=axis": TensorFlow's argument names, in its order, and the operation's.
  const char* arguments = "";
  const char* defaults = "";  // JSON of settings whose default differs
};
const TensorflowFunction* find_tensorflow_function(std::string_view name);

// The call with the operation's argument names.
Call renamed_call(const TensorflowFunction& function, const Call& call);

}  // namespace keratin::keras
