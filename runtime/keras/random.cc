#include "runtime/keras/random.h"

#include "runtime/core/error.h"

namespace keratin::keras {

void build_random(BuildContext&, double rate) {
  check(rate >= 0 && rate <= 1, ErrorCode::corrupt_file, "rate ", rate, ": expected a number from 0 to 1");
}

ir::Value random_uniform(LowerContext& cx, const ir::Dims&) {
  fail(ErrorCode::unsupported, cx.layer.def->class_name, " \"", cx.layer.name,
       "\" draws random numbers in training, which is not supported yet: run it for inference");
}
ir::Value random_normal(LowerContext& cx, const ir::Dims& shape) { return random_uniform(cx, shape); }

ir::Value dropout(LowerContext& cx, ir::Value x, double rate, const ir::Dims& noise) {
  if (!cx.training() || rate == 0) return x;
  const ir::Value kept = ir::compare("greater_equal", random_uniform(cx, noise),
                                     ir::constant(cx.graph(), DType::float32, rate));
  const ir::Value scaled = rate < 1 ? x * (1 / (1 - rate)) : x;
  return ir::select(ir::broadcast_to(kept, x.shape()), scaled, ir::constant_like(x, 0));
}

ir::Dims noise_dims(const std::optional<NoiseShape>& given, ir::Value x) {
  if (!given) return x.shape();
  check(given->size() == x.rank(), ErrorCode::corrupt_file, "noise_shape has ", given->size(),
        " axes for an input of rank ", x.rank());
  ir::Dims shape = x.shape();
  for (std::size_t i = 0; i < shape.size(); ++i)
    if ((*given)[i]) shape[i] = ir::Dim(*(*given)[i]);
  return shape;
}

ir::Dims spatial_noise_dims(ir::Value x, bool channels_first) {
  ir::Dims shape = x.shape();
  for (std::size_t i = channels_first ? 2 : 1; i + (channels_first ? 0 : 1) < shape.size(); ++i)
    shape[i] = ir::Dim(1);
  return shape;
}

}  // namespace keratin::keras
