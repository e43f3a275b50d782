// Keras' generalised ReLU: slope below a threshold, an upper limit. Of the layer ReLU and of ops.relu in old
// models.
#pragma once

#include <optional>

#include "runtime/ir/build.h"

namespace keratin::keras {

struct Rectifier {
  double negative_slope = 0;
  std::optional<double> max_value;
  double threshold = 0;
};
ir::Value rectify(ir::Value x, const Rectifier& r);

}  // namespace keratin::keras
