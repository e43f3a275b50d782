// The table of named activations, for documentation and tests.
#pragma once

#include <span>

#include "runtime/keras/activation.h"

namespace keratin::keras {

std::span<const ActivationDef> activations();

}  // namespace keratin::keras
