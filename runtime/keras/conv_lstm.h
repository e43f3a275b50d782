// ConvLSTM1D, 2D and 3D: an LSTM whose products are convolutions; the rank is the layer's. The cell has no
// class of its own in files: the layer makes it.
#pragma once

#include "runtime/keras/convolution.h"
#include "runtime/keras/lstm.h"
#include "runtime/keras/old_gates.h"
#include "runtime/keras/recurrent.h"

namespace keratin::keras {

template <std::size_t rank>
struct ConvLstmConfig : CellRules {
  std::int64_t filters;
  PerAxis<rank> kernel_size, strides, dilation_rate;
  Padding padding;
  DataFormat data_format;
  Activation activation, recurrent_activation;
  bool use_bias, unit_forget_bias;
  InitializerConfig kernel_initializer, recurrent_initializer, bias_initializer;

  template <class V>
  void describe(V& v) {
    v("filters", filters);
    v("kernel_size", kernel_size);
    v("strides", strides, 1);
    v("padding", padding, "valid");
    v("data_format", data_format, nullptr);
    v("dilation_rate", dilation_rate, 1);
    v("activation", activation, "tanh");
    v("recurrent_activation", recurrent_activation, "sigmoid");
    v("use_bias", use_bias, true);
    v("kernel_initializer", kernel_initializer, "glorot_uniform");
    v("recurrent_initializer", recurrent_initializer, "orthogonal");
    v("bias_initializer", bias_initializer, "zeros");
    v("unit_forget_bias", unit_forget_bias, true);
    describe_rules(v);
    v("seed", seed, nullptr);
  }
};

// ---- the cell. Its weights and arithmetic are channels last; its states stand in the layer's data format.
template <std::size_t rank>
void build_conv_lstm_cell(BuildContext& cx, const void* config) {
  const auto& c = *static_cast<const ConvLstmConfig<rank>*>(config);
  check(c.filters > 0, ErrorCode::corrupt_file, "filters ", c.filters, ": expected a positive integer");
  check(c.padding != Padding::causal, ErrorCode::corrupt_file, "padding \"causal\": expected valid or same");
  check_spatial(cx.input(), rank);
  Shape shape = c.kernel_size.values;
  shape.insert(shape.end(), {cx.known(0, channel_axis(c.data_format)), 4 * c.filters});
  cx.add_weight("kernel", shape, c.kernel_initializer.object);
  shape[rank] = c.filters;
  cx.add_weight("recurrent_kernel", shape, c.recurrent_initializer.object);
  if (c.use_bias)
    cx.add_weight("bias", {4 * c.filters}, lstm_bias_initializer(c.bias_initializer, c.unit_forget_bias));
  build_cell_dropout(cx, c.rates());
}

// The input's convolution; x is one step, channels last.
template <std::size_t rank>
ir::Value convolve_input(const ConvLstmConfig<rank>& c, ir::Value x, ir::Value kernel) {
  const Pads pads = pads_of(x, c.padding, c.kernel_size.values, c.strides.values, c.dilation_rate.values);
  return ir::convolution(
      x, kernel,
      {.strides = c.strides.values, .low = pads.low, .high = pads.high, .dilation = c.dilation_rate.values});
}

template <std::size_t rank>
std::vector<ir::Dims> conv_lstm_states(const Layer& cell, const ir::Type& step) {
  const auto& c = cell.config_as<ConvLstmConfig<rank>>();
  ir::Graph graph;  // for the shapes alone
  const ir::Value x = to_channels_last(graph.input("x", step), c.data_format);
  ir::Dims kernel = ir::to_dims(c.kernel_size.values);
  kernel.insert(kernel.end(), {x.shape().back(), ir::Dim(c.filters)});
  const ir::Value y = convolve_input(c, x, graph.input("kernel", {x.dtype(), kernel}));
  return std::vector<ir::Dims>(2, from_channels_last(y, c.data_format).shape());
}

template <std::size_t rank>
DropoutMasks conv_lstm_masks(LowerContext& cx, const ir::Type& step) {
  const DropoutRates rates = cx.layer.config_as<ConvLstmConfig<rank>>().rates();
  return draw_gate_masks(cx, rates, 4, step, conv_lstm_states<rank>(cx.layer, step)[0]);
}

template <std::size_t rank>
ir::Value project_conv_lstm(LowerContext& cx, ir::Value x, const DropoutMasks& dropout) {
  const auto& c = cx.layer.config_as<ConvLstmConfig<rank>>();
  const bool sequence = x.rank() > rank + 2;
  const ir::Value z = product_of_gates(x, cx.weight("kernel"), dropout.input, [&](ir::Value a, ir::Value w) {
    const ir::Dims leading(a.shape().begin(), a.shape().begin() + 2);
    if (sequence) {  // every step is a sample
      ir::Dims joined(a.shape().begin() + 1, a.shape().end());
      joined[0] = leading[0] * leading[1];
      a = ir::reshape(a, joined);
    }
    a = convolve_input(c, to_channels_last(a, c.data_format), w);
    if (!sequence) return a;
    ir::Dims open = leading;
    open.insert(open.end(), a.shape().begin() + 1, a.shape().end());
    return ir::reshape(a, open);
  });
  return c.use_bias ? z + cx.weight("bias") : z;
}

template <std::size_t rank>
ir::Values step_conv_lstm(LowerContext& cx, ir::Value projected, const ir::Values& old,
                          const DropoutMasks& dropout) {
  const auto& c = cx.layer.config_as<ConvLstmConfig<rank>>();
  const ir::Value kernel = cx.weight("recurrent_kernel");
  const ir::Value z =
      projected + product_of_gates(old[0], kernel, dropout.recurrent, [&](ir::Value h, ir::Value w) {
        h = to_channels_last(h, c.data_format);
        const Pads pads = pads_of(h, Padding::same, c.kernel_size.values, ir::Ints(rank, 1));
        return ir::convolution(h, w, {.low = pads.low, .high = pads.high});
      });
  ir::Values made =
      lstm_step(cx, z, to_channels_last(old[1], c.data_format), c.activation, c.recurrent_activation);
  const ir::Value h = from_channels_last(made[0], c.data_format);
  return {h, h, from_channels_last(made[2], c.data_format)};
}

template <std::size_t rank>
inline constexpr CellDef conv_lstm_cell = {conv_lstm_states<rank>, conv_lstm_masks<rank>,
                                           project_conv_lstm<rank>, step_conv_lstm<rank>};
template <std::size_t rank>
inline constexpr LayerDef conv_lstm_cell_def = {.class_name = "ConvLSTMCell",
                                                .write =
                                                    [](const void* config) {
                                                      ConvLstmConfig<rank> copy =
                                                          *static_cast<const ConvLstmConfig<rank>*>(config);
                                                      ConfigWriter writer;
                                                      copy.describe(writer);
                                                      return writer.take();
                                                    },
                                                .build = build_conv_lstm_cell<rank>,
                                                .cell = &conv_lstm_cell<rank>};

// ---- the layer
template <std::size_t rank>
void build_conv_lstm(BuildContext& cx, const CellLayerConfig<ConvLstmConfig<rank>>& c) {
  check(cx.input().rank() == rank + 3, ErrorCode::corrupt_file, "input of shape ",
        ir::to_string(cx.input().shape), ": expected ", rank + 3, " axes");
  auto cell = std::make_shared<Layer>();
  cell->name = "conv_lstm_cell";
  cell->def = &conv_lstm_cell_def<rank>;
  cell->config = std::make_shared<ConvLstmConfig<rank>>(c);
  cell->dtype = cx.layer().dtype;
  build_recurrent(cx, c, std::move(cell));
}

template <std::size_t rank>
void convert_conv_lstm(const Layer& layer, OldWeights& old) {
  const bool channels_first =
      layer.config_as<CellLayerConfig<ConvLstmConfig<rank>>>().data_format == DataFormat::channels_first;
  if (old.generation == 1) {
    for (OldWeights::Array& array : old.arrays)
      if (channels_first && rank == 2 && array.entry.shape.size() == 4)
        array = transposed(array, {2, 3, 1, 0});
    join_gates(old, {0, 2, 1, 3});  // stored as i, c, f, o
  }
  const std::vector<VariablePtr> variables = layer.variables();
  for (std::size_t i = 0; i < 2 && i < old.arrays.size() && i < variables.size(); ++i) {
    OldWeights one = {{old.arrays[i]}, 2, old.backend, {}};
    convert_kernel(one, {rank, channels_first, false, variables[i]->shape()});
    old.arrays[i] = std::move(one.arrays[0]);
    old.changes.insert(old.changes.end(), one.changes.begin(), one.changes.end());
  }
}

inline constexpr Vintage conv_lstm_vintages[] = {{"filters", "nb_filter"},
                                                 {"kernel_size", "nb_row"},
                                                 {"kernel_size", "nb_col"},
                                                 {"strides", "subsample"},
                                                 {"padding", "border_mode"},
                                                 {"data_format", "dim_ordering", data_format_of_dim_ordering},
                                                 {"recurrent_activation", "inner_activation"},
                                                 {"kernel_initializer", "init"},
                                                 {"recurrent_initializer", "inner_init"},
                                                 {"unit_forget_bias", "forget_bias_init", is_initializer_one},
                                                 {"kernel_regularizer", "W_regularizer"},
                                                 {"recurrent_regularizer", "U_regularizer"},
                                                 {"bias_regularizer", "b_regularizer"},
                                                 {"dropout", "dropout_W"},
                                                 {"recurrent_dropout", "dropout_U"}};

template <std::size_t rank>
constexpr LayerDef define_conv_lstm(LayerDef def) {
  def.masking = Masking::handles;
  def.vintages = conv_lstm_vintages;
  def.convert_weights = convert_conv_lstm<rank>;
  using Config = ConvLstmConfig<rank>;
  return define_layer<CellLayerConfig<Config>, build_conv_lstm<rank>, lower_cell_layer<Config>>(def);
}

}  // namespace keratin::keras
