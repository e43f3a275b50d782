#include "runtime/train/hits.h"

#include "runtime/ir/build_nn.h"

namespace keratin::train {

using ir::Value;

Value class_hits(Value classes, Value y_pred) {
  const ir::Dims shape = classes.shape();
  if (classes.rank() == y_pred.rank()) classes = ir::squeeze(classes, -1);
  const Value best = ir::cast(ir::argmax(y_pred, -1), classes.dtype());
  return ir::reshape(ir::cast(ir::compare("equal", classes, best), DType::float32), shape);
}

Value top_k_hits(Value classes, Value y_pred, std::int64_t k) {
  const ir::Dims shape = classes.shape();
  ir::Dims leading = y_pred.shape();
  leading.pop_back();
  classes = ir::reshape(ir::cast(classes, DType::int32), leading);
  const Value hot = ir::one_hot(classes, y_pred.shape().back(), DType::boolean);
  const Value zero = ir::constant_like(y_pred, 0);
  const Value asked = ir::sum(ir::select(hot, y_pred, zero), {-1}, ir::Keep::yes);
  const Value larger = ir::sum(ir::cast(ir::compare("greater", y_pred, asked), DType::int32), {-1});
  const Value few = ir::compare("less", larger, ir::constant_like(larger, static_cast<double>(k)));
  const Value known = ir::binary("logical_and", ir::reduce("reduce_any", hot, {-1}),
                                 ir::reduce("reduce_all", ir::unary("is_finite", y_pred), {-1}));
  return ir::reshape(ir::cast(ir::binary("logical_and", few, known), DType::float32), shape);
}

}  // namespace keratin::train
