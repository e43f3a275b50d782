// Recurrent layers: a cell run over time by the op scan. Used by RNN, SimpleRNN and their like.
#pragma once

#include "runtime/keras/config.h"
#include "runtime/keras/lower.h"

namespace keratin::keras {

struct RecurrentConfig {
  bool return_sequences, return_state, go_backwards, stateful, unroll, zero_output_for_mask;

  template <class V>
  void describe(V& v) {
    v("return_sequences", return_sequences, false);
    v("return_state", return_state, false);
    v("go_backwards", go_backwards, false);
    v("stateful", stateful, false);
    v("unroll", unroll, false);
    v("zero_output_for_mask", zero_output_for_mask, false);
  }
};

// Sizes of a cell's states; the cell's lower takes (step, state…) and gives (output, state…).
using StateSizes = std::vector<std::int64_t>;

// Makes cell the child "cell", built on one step; a stateful layer gets its state variables.
void build_recurrent(BuildContext& cx, const RecurrentConfig& c, LayerPtr cell, const StateSizes& sizes);
// The results of the layer: output, then the last states if wanted. Sets the mask.
ir::Values lower_recurrent(LowerContext& cx, const RecurrentConfig& c, const StateSizes& sizes);

// State sizes by the cell's config: "units" for all built-in cells. Throws Error{unsupported} for another
// cell.
StateSizes state_sizes(const Layer& cell);

}  // namespace keratin::keras
