#include "runtime/keras/random.h"

#include "runtime/core/error.h"

namespace keratin::keras {
namespace {

constexpr char seed_state[] = "seed_generator_state";

// The generator's next key and counter: its state is (seed, number of the draw).
ir::Values draw_key(LowerContext& cx) {
  const ir::Value state = cx.read(seed_state);
  const ir::Value draw = ir::iota(cx.graph(), state.dtype(), {ir::Dim(2)}, 0);  // (0, 1)
  cx.assign(seed_state, state + draw);
  const ir::Value seed =
      ir::cast(ir::binary("floor_mod", state, ir::constant_like(state, 2147483646.0)), DType::int32);
  ir::Node& node = cx.graph().add_node("random_key", {seed});
  return {node.out(0), node.out(1)};
}

}  // namespace

void build_random(BuildContext& cx, double rate, std::optional<std::int64_t> seed) {
  check(rate >= 0 && rate <= 1, ErrorCode::corrupt_file, "rate ", rate, ": expected a number from 0 to 1");
  if (rate == 0) return;
  Json config = Json(Json::Object{});
  config["seed"] = seed ? Json(*seed) : Json();
  Json initializer;
  initializer["class_name"] = "SeedGenerator";
  initializer["config"] = std::move(config);
  cx.add_weight(seed_state, {2}, initializer,
                {.trainable = false, .kind = VariableKind::seed, .dtype = DType::int64});
}

ir::Value random_uniform(LowerContext& cx, const ir::Dims& shape, DType dtype) {
  return cx.graph().add("random_uniform", draw_key(cx), {{"shape", shape}, {"dtype", dtype}});
}
ir::Value random_normal(LowerContext& cx, const ir::Dims& shape, DType dtype) {
  return cx.graph().add("random_normal", draw_key(cx), {{"shape", shape}, {"dtype", dtype}});
}

ir::Value dropout(LowerContext& cx, ir::Value x, double rate, const ir::Dims& noise) {
  if (!cx.training() || rate == 0) return x;
  const ir::Value zero = ir::constant_like(x, 0);
  if (rate == 1) return ir::broadcast_to(zero, x.shape());
  const ir::Value drawn = random_uniform(cx, noise, x.dtype());
  const ir::Value kept = ir::compare("greater_equal", drawn, ir::constant_like(drawn, rate));
  return ir::select(kept, x * (1 / (1 - rate)), zero);
}

ir::Dims noise_dims(const std::optional<NoiseShape>& given, ir::Value x) {
  if (!given) return x.shape();
  check(given->size() == x.rank(), ErrorCode::corrupt_file, "noise_shape has ", given->size(),
        " axes for an input of rank ", x.rank());
  ir::Dims shape = x.shape();
  for (std::size_t i = 0; i < shape.size(); ++i)
    if ((*given)[i]) shape[i] = ir::Dim(*(*given)[i]);
  check(ir::broadcast(shape, x.shape()) == x.shape(), ErrorCode::corrupt_file, "noise_shape ",
        ir::to_string(shape), " doesn't fit ", ir::to_string(x.type()));
  return shape;
}

}  // namespace keratin::keras
