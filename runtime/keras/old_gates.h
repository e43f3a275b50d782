// Weights of recurrent layers as older files lay them out: an array per gate, and cuDNN's.
#pragma once

#include "runtime/keras/old_weights.h"

namespace keratin::keras {

// Keras 1's kernel, recurrent kernel and bias per gate become one of each. order: where the file has the
// gates. Nothing happens to another number of arrays.
void join_gates(OldWeights& old, const std::vector<std::size_t>& order);
// Whether the bias is twice as long as that of `gates` gates of the plain layer, as CuDNNLSTM and CuDNNGRU
// have it.
bool is_cudnn(const OldWeights& old, std::int64_t gates);
// The two kernels from cuDNN's layout; the bias is left.
void convert_cudnn_kernels(OldWeights& old, std::int64_t gates);
// Its two halves, added.
OldWeights::Array sum_of_halves(const OldWeights::Array& bias);

}  // namespace keratin::keras
