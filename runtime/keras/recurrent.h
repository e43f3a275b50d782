// Recurrent layers: a cell run over time by the op scan. Used by RNN, SimpleRNN, LSTM and their like.
#pragma once

#include "runtime/keras/cell.h"
#include "runtime/keras/config.h"

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

// Makes cell the child "cell", built on one step; a stateful layer gets its state variables.
void build_recurrent(BuildContext& cx, const RecurrentConfig& c, LayerPtr cell);
// The results of the layer: output, then the last states if wanted. Sets the mask.
ir::Values lower_recurrent(LowerContext& cx, const RecurrentConfig& c);

// The config of a layer that makes its own cell: the keys of both.
template <class CellConfig>
struct CellLayerConfig : RecurrentConfig, CellConfig {
  Opaque activity_regularizer;

  template <class V>
  void describe(V& v) {
    CellConfig::describe(v);
    v("activity_regularizer", activity_regularizer, nullptr);
    RecurrentConfig::describe(v);
  }
};

// Its build and lower. CellConfig names the cell: cell_class "LSTMCell", cell_name "lstm_cell".
template <class CellConfig>
void build_cell_layer(BuildContext& cx, const CellLayerConfig<CellConfig>& c) {
  check(cx.input().rank() == 3, ErrorCode::corrupt_file, "wants (batch, time, features), got ",
        ir::to_string(cx.input()));
  CellConfig cell = c;
  ConfigWriter writer;
  cell.describe(writer);
  build_recurrent(cx, c,
                  make_layer(CellConfig::cell_class, CellConfig::cell_name, cx.layer().dtype, writer.take()));
}
template <class CellConfig>
ir::Values lower_cell_layer(LowerContext& cx, const CellLayerConfig<CellConfig>& c) {
  return lower_recurrent(cx, c);
}

}  // namespace keratin::keras
