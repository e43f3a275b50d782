// Weights of files up to Keras 2: one list per top-level layer, paired by position or by layer name.
#pragma once

#include "runtime/keras/weights.h"

namespace keratin::keras {

// A layer's variables in the order of such files: those that are trained now, then the others.
std::vector<VariablePtr> by_position(const Layer& layer);

FoundValues find_legacy_weights(Layer& model, const serialization::ModelDocument& document,
                                const WeightOptions& options, ErrorCode mismatch, LoadReport& report);

}  // namespace keratin::keras
