#include "runtime/keras/rectify.h"

namespace keratin::keras {

ir::Value rectify(ir::Value x, const Rectifier& r) {
  if (r.threshold == 0 && r.negative_slope == 0) {
    if (!r.max_value) return ir::unary("relu", x);
    return *r.max_value == 6 ? ir::unary("relu6", x)
                             : ir::minimum(ir::unary("relu", x), ir::constant_like(x, *r.max_value));
  }
  if (r.threshold == 0 && !r.max_value)
    return x.graph().add("leaky_relu", {x}, {{"negative_slope", r.negative_slope}});
  const ir::Value zero = ir::constant_like(x, 0), threshold = ir::constant_like(x, r.threshold);
  ir::Value y = ir::select(ir::compare("greater", x, threshold), x, zero);
  if (r.max_value) y = ir::maximum(ir::minimum(y, ir::constant_like(x, *r.max_value)), zero);
  if (r.negative_slope == 0) return y;
  return y - ir::unary("relu", threshold - x) * r.negative_slope;
}

}  // namespace keratin::keras
