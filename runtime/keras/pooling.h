// Config and lowering of the pooling layers of one, two and three spatial axes.
#pragma once

#include "runtime/keras/spatial.h"

namespace keratin::keras {

enum class Pool { max, average };

template <std::size_t rank>
struct PoolingConfig {
  PerAxis<rank> pool_size;
  std::optional<PerAxis<rank>> strides;
  Padding padding;
  DataFormat data_format;

  template <class V>
  void describe(V& v) {
    v("pool_size", pool_size, 2);
    v("strides", strides, nullptr);
    if (!strides) strides = pool_size;  // what null means, and what Keras writes for it
    v("padding", padding, "valid");
    v("data_format", data_format, nullptr);
  }
};

template <std::size_t rank>
void build_pooling(BuildContext& cx, const PoolingConfig<rank>& c) {
  check_spatial(cx.input(), rank);
  check(c.padding != Padding::causal, ErrorCode::corrupt_file, "padding \"causal\" is for Conv1D alone");
}

template <std::size_t rank, Pool kind>
ir::Values lower_pooling(LowerContext& cx, const PoolingConfig<rank>& c) {
  check_spatial(cx.input().type(), rank);
  const ir::Value x = to_channels_last(cx.input(), c.data_format);
  const Pads pads = pads_of(x, c.padding, c.pool_size.values, c.strides->values);
  const ir::WindowAxes axes = {c.pool_size.values, c.strides->values, pads.low, pads.high};
  const ir::Value y = kind == Pool::max ? ir::reduce_window("max", x, axes) : ir::average_pool(x, axes);
  return {from_channels_last(y, c.data_format)};
}

struct GlobalPoolingConfig {
  DataFormat data_format;
  bool keepdims;

  template <class V>
  void describe(V& v) {
    v("data_format", data_format, nullptr);
    v("keepdims", keepdims, false);
  }
};

template <std::size_t rank>
void build_global_pooling(BuildContext& cx, const GlobalPoolingConfig&) {
  check_spatial(cx.input(), rank);
}

template <std::size_t rank, Pool kind>
ir::Values lower_global_pooling(LowerContext& cx, const GlobalPoolingConfig& c) {
  check_spatial(cx.input().type(), rank);
  ir::Ints axes;
  for (std::size_t i = 0; i < rank; ++i)
    axes.push_back(static_cast<std::int64_t>(i) + (c.data_format == DataFormat::channels_last ? 1 : 2));
  const char* op = kind == Pool::max ? "reduce_max" : "reduce_mean";
  return {ir::reduce(op, cx.input(), axes, c.keepdims ? ir::Keep::yes : ir::Keep::no)};
}

template <std::size_t rank>
struct AdaptivePoolingConfig {
  PerAxis<rank> output_size;
  DataFormat data_format;

  template <class V>
  void describe(V& v) {
    v("output_size", output_size);
    v("data_format", data_format, nullptr);
  }
};

// x is channels last. Output i of an axis of n elements pools elements i n / out … (i + 1) n / out, rounded
// outwards.
ir::Value adaptive_pool(ir::Value x, Pool kind, const ir::Ints& output_size);

template <std::size_t rank>
void build_adaptive_pooling(BuildContext& cx, const AdaptivePoolingConfig<rank>&) {
  check_spatial(cx.input(), rank);
}

template <std::size_t rank, Pool kind>
ir::Values lower_adaptive_pooling(LowerContext& cx, const AdaptivePoolingConfig<rank>& c) {
  check_spatial(cx.input().type(), rank);
  const ir::Value x = to_channels_last(cx.input(), c.data_format);
  return {from_channels_last(adaptive_pool(x, kind, c.output_size.values), c.data_format)};
}

}  // namespace keratin::keras
