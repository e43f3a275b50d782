#include "runtime/keras/convolution.h"

namespace keratin::keras {

void build_lora(BuildContext& cx, const std::string& kernel, Shape shape, std::int64_t rank) {
  check(rank > 0, ErrorCode::corrupt_file, "lora_rank ", rank, ": expected a positive integer");
  const std::int64_t out = std::exchange(shape.back(), rank);
  const BuildContext::Options options = {.full_precision = true};
  cx.add_weight("lora_" + kernel + "_a", std::move(shape), "he_uniform", options);
  cx.add_weight("lora_" + kernel + "_b", {rank, out}, "zeros", options);
  cx.freeze(kernel);
}

ir::Value kernel_with_lora(LowerContext& cx, const std::string& kernel, std::optional<std::int64_t> rank,
                           const std::optional<Number>& alpha) {
  const ir::Value value = cx.weight(kernel);
  if (!rank) return value;
  const ir::Value added = ir::dot(cx.weight("lora_" + kernel + "_a"), cx.weight("lora_" + kernel + "_b"));
  const double scale = alpha ? alpha->value / static_cast<double>(*rank) : 1;
  return value + (scale == 1 ? added : added * scale);
}

ir::Value finish_convolution(LowerContext& cx, ir::Value y, bool use_bias, DataFormat format,
                             const Activation& activation) {
  if (use_bias) y = y + cx.weight("bias");
  return activation(cx, from_channels_last(y, format));
}

}  // namespace keratin::keras
