#include "serialization/tensorflow_module.h"

#include "runtime/core/module.h"

namespace keratin::serialization {

const TensorflowModule& tensorflow_module() {
  static const auto& table = *static_cast<const TensorflowModule*>(open_module("keratin_tensorflow"));
  return table;
}

}  // namespace keratin::serialization
