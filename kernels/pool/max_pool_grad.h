// The gradient of max pooling in float32 on the CPU.
#pragma once

#include "runtime/dispatch/kernel.h"

namespace keratin::pool {

std::unique_ptr<dispatch::Step> prepare_max_pool_grad(dispatch::PrepareContext& context);

}  // namespace keratin::pool
