#include "runtime/ir/build_nn.h"

#include <algorithm>

#include "runtime/core/error.h"
#include "runtime/core/shape.h"

namespace keratin::ir {
namespace {

std::size_t at(std::int64_t axis) { return static_cast<std::size_t>(axis); }

std::size_t spatial_rank(Value x, const char* op) {
  check(x.rank() >= 3, ErrorCode::invalid_argument, "[", op, "] ", to_string(x.type()),
        ": expected (batch, spatial…, channels)");
  return x.rank() - 2;
}
Ints filled(Ints given, std::size_t count, std::int64_t value) {
  return given.empty() ? Ints(count, value) : given;
}
Dims filled(Dims given, std::size_t count) { return given.empty() ? Dims(count, Dim(0)) : given; }

// Empty lists become ones and zeros.
ConvolutionAxes completed(ConvolutionAxes axes, std::size_t spatial) {
  return {filled(std::move(axes.strides), spatial, 1),
          filled(std::move(axes.low), spatial),
          filled(std::move(axes.high), spatial),
          filled(std::move(axes.dilation), spatial, 1),
          filled(std::move(axes.input_dilation), spatial, 1),
          axes.groups};
}
WindowAxes completed(WindowAxes axes, std::size_t spatial) {
  return {filled(std::move(axes.window), spatial, 1), filled(std::move(axes.strides), spatial, 1),
          filled(std::move(axes.low), spatial), filled(std::move(axes.high), spatial)};
}

Ints normalized(Value x, Ints axes) {
  for (std::int64_t& axis : axes) axis = normalize_axis(axis, x.rank());
  return axes;
}
Dims dims_of(Value x, const Ints& axes) {
  Dims shape;
  for (std::int64_t axis : axes) shape.push_back(x.shape()[at(axis)]);
  return shape;
}
Value or_full(Value given, Value x, const Dims& shape, double value) {
  return given ? given : full(x.graph(), {x.dtype(), shape}, value);
}

// Also by symbolic amounts.
Value pad_axis(Value x, std::int64_t axis, const Dim& low, const Dim& high) {
  if (low.is_constant() && high.is_constant()) {
    Ints before(x.rank(), 0), after(x.rank(), 0);
    before[at(axis)] = low.value();
    after[at(axis)] = high.value();
    return pad(x, std::move(before), std::move(after));
  }
  auto zeros = [&](const Dim& count) {
    Dims shape = x.shape();
    shape[at(axis)] = count;
    return full(x.graph(), {x.dtype(), std::move(shape)}, 0);
  };
  return concatenate({zeros(low), x, zeros(high)}, axis);
}

}  // namespace

std::pair<Dim, Dim> same_padding(const Dim& size, std::int64_t window, std::int64_t stride,
                                 std::int64_t dilation) {
  const std::int64_t extent = (window - 1) * dilation + 1;
  const Dim lack = (ceil_div(size, stride) - 1) * Dim(stride) + Dim(extent) - size;
  Dim total = lack;
  if (lack.is_constant()) {
    total = Dim(std::max<std::int64_t>(lack.value(), 0));
  } else if (extent < stride) {  // max(lack, 0) of a lack in [extent - stride, extent): one step per unit
    total = Dim(0);
    for (std::int64_t j = 1; j < extent; ++j) total = total + floor_div(lack + Dim(stride - j), Dim(stride));
  }
  const Dim low = floor_div(total, Dim(2));
  return {low, total - low};
}

Value convolution(Value x, Value w, ConvolutionAxes axes) {
  axes = completed(std::move(axes), spatial_rank(x, "convolution"));
  return x.graph().add("convolution", {x, w},
                       {{"strides", axes.strides},
                        {"low", axes.low},
                        {"high", axes.high},
                        {"dilation", axes.dilation},
                        {"input_dilation", axes.input_dilation},
                        {"groups", axes.groups}});
}
Value convolution_filter_grad(Value x, Value dy, Ints window, ConvolutionAxes axes) {
  axes = completed(std::move(axes), spatial_rank(x, "convolution_filter_grad"));
  return x.graph().add("convolution_filter_grad", {x, dy},
                       {{"window", window},
                        {"strides", axes.strides},
                        {"low", axes.low},
                        {"high", axes.high},
                        {"dilation", axes.dilation},
                        {"input_dilation", axes.input_dilation},
                        {"groups", axes.groups}});
}
Value reduce_window(const char* kind, Value x, WindowAxes axes) {
  axes = completed(std::move(axes), spatial_rank(x, "reduce_window"));
  return x.graph().add("reduce_window", {x},
                       {{"kind", std::string(kind)},
                        {"window", axes.window},
                        {"strides", axes.strides},
                        {"low", axes.low},
                        {"high", axes.high}});
}
Value average_pool(Value x, WindowAxes axes) {
  axes = completed(std::move(axes), spatial_rank(x, "average_pool"));
  return x.graph().add(
      "average_pool", {x},
      {{"window", axes.window}, {"strides", axes.strides}, {"low", axes.low}, {"high", axes.high}});
}
Value extract_patches(Value x, ConvolutionAxes axes, Ints window) {
  const std::size_t spatial = spatial_rank(x, "extract_patches");
  const Ints strides = filled(axes.strides, spatial, 1), dilation = filled(axes.dilation, spatial, 1);
  const Dims low = filled(axes.low, spatial), high = filled(axes.high, spatial);
  check(window.size() == spatial && strides.size() == spatial && dilation.size() == spatial,
        ErrorCode::invalid_argument,
        "[extract_patches] wants one window, stride and dilation per spatial axis of ", to_string(x.type()));
  for (std::size_t i = 0; i < spatial; ++i)
    x = pad_axis(x, static_cast<std::int64_t>(i) + 1, low[i], high[i]);
  Ints step(x.rank(), 1);
  Dims count(spatial);
  std::int64_t positions = 1;
  for (std::size_t i = 0; i < spatial; ++i) {
    step[i + 1] = strides[i];
    count[i] = floor_div(x.shape()[i + 1] - Dim((window[i] - 1) * dilation[i] + 1), Dim(strides[i])) + 1;
    positions *= window[i];
  }
  Values parts;
  for (std::int64_t position = 0; position < positions; ++position) {
    Dims start(x.rank(), Dim(0)), limit = x.shape();
    std::int64_t rest = position;
    for (std::size_t i = spatial; i-- > 0; rest /= window[i]) {
      start[i + 1] = Dim(rest % window[i] * dilation[i]);
      limit[i + 1] = start[i + 1] + (count[i] - 1) * Dim(strides[i]) + 1;
    }
    parts.push_back(slice(x, std::move(start), std::move(limit), step));
  }
  return concatenate(std::move(parts), -1);
}

Value softmax(Value x, Ints axes) {
  return x.graph().add("softmax", {x}, {{"axis", normalized(x, std::move(axes))}});
}
Value log_softmax(Value x, Ints axes) {
  return x.graph().add("log_softmax", {x}, {{"axis", normalized(x, std::move(axes))}});
}
Value logsumexp(Value x, Ints axes, Keep keep) { return reduce("logsumexp", x, std::move(axes), keep); }

Value layer_norm(Value x, Value gamma, Value beta, Ints axes, double epsilon) {
  axes = normalized(x, std::move(axes));
  const Dims shape = dims_of(x, axes);
  return x.graph().add("layer_norm", {x, or_full(gamma, x, shape, 1), or_full(beta, x, shape, 0)},
                       {{"axes", std::move(axes)}, {"epsilon", epsilon}});
}
Value rms_norm(Value x, Value gamma, Ints axes, double epsilon) {
  axes = normalized(x, std::move(axes));
  return x.graph().add("rms_norm", {x, or_full(gamma, x, dims_of(x, axes), 1)},
                       {{"axes", axes}, {"epsilon", epsilon}});
}
Value batch_norm(Value x, Value mean, Value variance, Value gamma, Value beta, std::int64_t axis,
                 double epsilon) {
  axis = normalize_axis(axis, x.rank());
  return x.graph().add(
      "batch_norm",
      {x, mean, variance, or_full(gamma, mean, mean.shape(), 1), or_full(beta, mean, mean.shape(), 0)},
      {{"axis", axis}, {"epsilon", epsilon}});
}

Value attention(Value q, Value k, Value v, Value mask, AttentionAxes axes) {
  Values inputs = {q, k, v};
  if (mask) inputs.push_back(mask);
  return q.graph().add("attention", std::move(inputs), {{"scale", axes.scale}, {"causal", axes.causal}});
}

Value gather(Value x, Value indices, std::int64_t axis) {
  return x.graph().add("gather", {x, indices}, {{"axis", normalize_axis(axis, x.rank())}});
}
Value gather_along(Value x, Value indices, std::int64_t axis) {
  return x.graph().add("gather_along", {x, indices}, {{"axis", normalize_axis(axis, x.rank())}});
}
Value scatter_add(Value x, Value indices, Value updates, std::int64_t axis) {
  return x.graph().add("scatter_add", {x, indices, updates}, {{"axis", normalize_axis(axis, x.rank())}});
}
Value scatter_add_along(Value x, Value indices, Value updates, std::int64_t axis) {
  return x.graph().add("scatter_add_along", {x, indices, updates},
                       {{"axis", normalize_axis(axis, x.rank())}});
}
Value one_hot(Value indices, const Dim& depth, DType dtype, std::int64_t axis) {
  return indices.graph().add(
      "one_hot", {indices},
      {{"depth", Dims{depth}}, {"dtype", dtype}, {"axis", normalize_axis(axis, indices.rank() + 1)}});
}
Value dynamic_slice(Value x, Values starts, Dims sizes) {
  starts.insert(starts.begin(), x);
  return x.graph().add("dynamic_slice", std::move(starts), {{"sizes", std::move(sizes)}});
}
Value dynamic_update_slice(Value x, Value update, Values starts) {
  starts.insert(starts.begin(), {x, update});
  return x.graph().add("dynamic_update_slice", std::move(starts));
}

Value sort(Value x, std::int64_t axis, bool descending) {
  return x.graph().add("sort", {x}, {{"axis", normalize_axis(axis, x.rank())}, {"descending", descending}});
}
Value argsort(Value x, std::int64_t axis, bool descending) {
  return x.graph().add("argsort", {x},
                       {{"axis", normalize_axis(axis, x.rank())}, {"descending", descending}});
}
Values top_k(Value x, std::int64_t k) {
  Node& node = x.graph().add_node("top_k", {x}, {{"k", k}});
  return {node.out(0), node.out(1)};
}
Value argmax(Value x, std::int64_t axis, Keep keep) {
  return x.graph().add("argmax", {x},
                       {{"axis", normalize_axis(axis, x.rank())}, {"keep", keep == Keep::yes}});
}
Value argmin(Value x, std::int64_t axis, Keep keep) {
  return x.graph().add("argmin", {x},
                       {{"axis", normalize_axis(axis, x.rank())}, {"keep", keep == Keep::yes}});
}
Value searchsorted(Value sorted, Value values, bool right) {
  return sorted.graph().add("searchsorted", {sorted, values}, {{"right", right}});
}

Value cumsum(Value x, std::int64_t axis, Running how) {
  return x.graph().add(
      "cumsum", {x},
      {{"axis", normalize_axis(axis, x.rank())}, {"exclusive", how.exclusive}, {"reverse", how.reverse}});
}
Value cumprod(Value x, std::int64_t axis, Running how) {
  return x.graph().add(
      "cumprod", {x},
      {{"axis", normalize_axis(axis, x.rank())}, {"exclusive", how.exclusive}, {"reverse", how.reverse}});
}

Value resize(Value x, Dims size, const char* method, bool antialias) {
  return x.graph().add(
      "resize", {x}, {{"size", std::move(size)}, {"method", std::string(method)}, {"antialias", antialias}});
}
Value reverse(Value x, Ints axes) {
  axes = normalized(x, std::move(axes));
  return axes.empty() ? x : x.graph().add("reverse", {x}, {{"axes", std::move(axes)}});
}
Value iota(Graph& graph, DType dtype, Dims shape, std::int64_t axis) {
  axis = normalize_axis(axis, shape.size());
  return graph.add("iota", {}, {{"shape", std::move(shape)}, {"axis", axis}, {"dtype", dtype}});
}
Value roll(Value x, std::int64_t shift, std::int64_t axis) {
  axis = normalize_axis(axis, x.rank());
  const Dim& size = x.shape()[at(axis)];
  if (!size.is_constant()) {
    const Value length = dimension(x.graph(), size, DType::int64);
    const Value places = iota(x.graph(), DType::int64, {size}, 0) - static_cast<double>(shift);
    return gather(x, binary("floor_mod", places, length), axis);
  }
  const std::int64_t n = size.value(), moved = n == 0 ? 0 : (shift % n + n) % n;
  if (moved == 0) return x;
  return concatenate({slice_axis(x, axis, n - moved, n), slice_axis(x, axis, 0, n - moved)}, axis);
}

namespace {

// Rows and columns are compared: keep where column - row op diagonal.
Value triangle(Value x, const char* op, std::int64_t diagonal) {
  check(x.rank() >= 2, ErrorCode::invalid_argument, "tril and triu want two axes at least, not ",
        to_string(x.type()));
  const Dims shape(x.shape().end() - 2, x.shape().end());
  const Value row = iota(x.graph(), DType::int64, shape, 0), column = iota(x.graph(), DType::int64, shape, 1);
  return select(compare(op, column - row, constant(x.graph(), DType::int64, static_cast<double>(diagonal))),
                x, constant_like(x, 0));
}

}  // namespace

Value tril(Value x, std::int64_t diagonal) { return triangle(x, "less_equal", diagonal); }
Value triu(Value x, std::int64_t diagonal) { return triangle(x, "greater_equal", diagonal); }

}  // namespace keratin::ir
