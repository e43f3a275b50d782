#include "runtime/train/hinge.h"

namespace keratin::train {

ir::Value margin_left(ir::Value y_true, ir::Value y_pred) {
  auto equals = [&](double value) { return ir::compare("equal", y_true, ir::constant_like(y_true, value)); };
  const ir::Value bit = ir::binary("logical_or", equals(0), equals(1));
  const ir::Value all_bits = ir::reduce("reduce_all", bit, all_axes(bit));
  const ir::Value sign = ir::select(all_bits, y_true * 2.0 - 1.0, y_true);
  return ir::maximum(1.0 - sign * y_pred, ir::constant_like(y_pred, 0));
}

}  // namespace keratin::train
