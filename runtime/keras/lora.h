// Low-rank adaptation: lora_<name>_a @ lora_<name>_b, scaled, is added to a weight that itself is frozen.
// Keras stores the sum in the weight's place, and reads low-rank weights as zeros.
#pragma once

#include "runtime/keras/lower.h"

namespace keratin::keras {

// Adds the low-rank weights of a weight of this shape and freezes it.
void build_lora(BuildContext& cx, const std::string& name, Shape shape, std::int64_t rank, double scale = 1);
// alpha / rank of a config that has both; alpha null: rank.
template <class Config>
double lora_scale(const Config& c) {
  return c.lora_alpha ? c.lora_alpha->value / static_cast<double>(*c.lora_rank) : 1;
}
// The weight with what they add, if it has any; in the compute dtype.
ir::Value weight_with_lora(LowerContext& cx, const std::string& name);
// The same in the weight's own dtype.
ir::Value stored_with_lora(LowerContext& cx, const std::string& name);

// The value of an adapted weight as files hold it.
Tensor merged_value(const Layer& layer, const Layer::Weight& weight);
// Zeros for the low-rank weights of all weights that were given a value, as `given` tells.
void clear_lora(Layer& model, const std::function<bool(const VariablePtr&)>& given);

}  // namespace keratin::keras
