// Random numbers of layers in training, from a seed generator's state as in Keras 3. Used by the dropout
// family.
#pragma once

#include "runtime/ir/build_nn.h"
#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"

namespace keratin::keras {

// null: the input's size along that axis.
using NoiseShape = std::vector<std::optional<std::int64_t>>;

// Checks a drop rate, and makes the seed generator's state if it is ever used.
// Throws Error{corrupt_file} outside of [0, 1].
void build_random(BuildContext& cx, double rate, std::optional<std::int64_t> seed);
// x in inference, else x / (1 - rate) where a number of shape noise reached rate, and 0 elsewhere.
ir::Value dropout(LowerContext& cx, ir::Value x, double rate, const ir::Dims& noise);
// In [0, 1), and with mean 0 and deviation 1; dtype is floating.
ir::Value random_uniform(LowerContext& cx, const ir::Dims& shape, DType dtype);
ir::Value random_normal(LowerContext& cx, const ir::Dims& shape, DType dtype);

ir::Dims noise_dims(const std::optional<NoiseShape>& given, ir::Value x);

}  // namespace keratin::keras
