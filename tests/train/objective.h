// The mean squared error of every output, whose targets come in as "y0" …
#pragma once

#include "runtime/train/loss.h"
#include "runtime/train/step.h"

namespace keratin::tests {

inline train::Objective mean_squared_error() {
  return [](keras::Lowering& lowering, const std::vector<train::Prediction>& predictions) {
    const train::LossObject loss = train::make_loss("mean_squared_error");
    ir::Value total;
    for (std::size_t i = 0; i < predictions.size(); ++i) {
      const ir::Value y = predictions[i].value;
      const ir::Value more =
          train::call_loss(loss, lowering.graph.input("y" + std::to_string(i), y.type()), y);
      total = total ? total + more : more;
    }
    return total;
  };
}

}  // namespace keratin::tests
