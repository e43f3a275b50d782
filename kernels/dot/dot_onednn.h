// dot_general and dot_general_epilogue by oneDNN: for types that our own product has not.
#pragma once

#include "runtime/dispatch/kernel.h"

namespace keratin::dot {

const char* onednn_refuses(const dispatch::PrepareContext& context);
std::unique_ptr<dispatch::Step> onednn_prepare(dispatch::PrepareContext& context);

}  // namespace keratin::dot
