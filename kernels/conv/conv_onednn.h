// Convolutions and their gradients by oneDNN: candidates behind the kernels that need no code generation.
#pragma once

#include "runtime/dispatch/kernel.h"

namespace keratin::conv {

// convolution and convolution_epilogue; an input dilation makes it the input gradient of another convolution.
const char* onednn_refuses(const dispatch::PrepareContext& context);
// The same where it comes before our own kernel: a filter that changes with every run, dilated input.
const char* onednn_refuses_unless_training(const dispatch::PrepareContext& context);
std::unique_ptr<dispatch::Step> onednn_prepare(dispatch::PrepareContext& context);

const char* onednn_input_refuses(const dispatch::PrepareContext& context);
std::unique_ptr<dispatch::Step> onednn_input_prepare(dispatch::PrepareContext& context);
const char* onednn_filter_refuses(const dispatch::PrepareContext& context);
std::unique_ptr<dispatch::Step> onednn_filter_prepare(dispatch::PrepareContext& context);

}  // namespace keratin::conv
