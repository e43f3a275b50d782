// Words for the ops of neural networks, beside those of build.h: windows, norms, gathers, sorts, images.
// Layout is channels last, (N, spatial…, C). Negative axes count from the end.
#pragma once

#include <utility>

#include "runtime/ir/build.h"

namespace keratin::ir {

// ---- windows over spatial axes
// One entry per spatial axis; an empty list means ones (padding: zeros). Padding may be symbolic, and
// negative, which crops.
struct ConvolutionAxes {
  Ints strides = {};
  Dims low = {}, high = {};
  Ints dilation = {};        // of the kernel
  Ints input_dilation = {};  // of x: what transposed convolutions stride by
  std::int64_t groups = 1;
};
struct WindowAxes {
  Ints window = {}, strides = {};
  Dims low = {}, high = {};
};
// The padding (low, high) of Keras' "same" along an axis of size elements; exact for symbolic sizes, too.
std::pair<Dim, Dim> same_padding(const Dim& size, std::int64_t window, std::int64_t stride,
                                 std::int64_t dilation = 1);
// x (N, spatial…, C), w (spatial…, C / groups, O) -> (N, spatial…, O). The kernel isn't flipped.
Value convolution(Value x, Value w, ConvolutionAxes axes = {});
// The gradient of convolution for w, whose spatial shape is window: x, dy -> (window…, C / groups, O).
Value convolution_filter_grad(Value x, Value dy, Ints window, ConvolutionAxes axes = {});
// kind is "max" or "sum"; padding is -inf or 0.
Value reduce_window(const char* kind, Value x, WindowAxes axes);
// Padding isn't counted, as Keras averages.
Value average_pool(Value x, WindowAxes axes);
// (N, spatial…, C) -> (N, spatial'…, window·C): the elements of each window, channels innermost.
Value extract_patches(Value x, ConvolutionAxes axes, Ints window);

// ---- softmax and norms
Value softmax(Value x, Ints axes = {-1});
Value log_softmax(Value x, Ints axes = {-1});
Value logsumexp(Value x, Ints axes, Keep keep = Keep::no);
// A null gamma or beta stands for ones or zeros. gamma and beta have the shape of x's axes (ascending).
Value layer_norm(Value x, Value gamma, Value beta, Ints axes, double epsilon);
// x · rsqrt(mean(x²) + epsilon) · gamma
Value rms_norm(Value x, Value gamma, Ints axes, double epsilon);
// Inference: (x - mean) · rsqrt(variance + epsilon) · gamma + beta along axis.
Value batch_norm(Value x, Value mean, Value variance, Value gamma, Value beta, std::int64_t axis,
                 double epsilon);

// ---- attention
struct AttentionAxes {
  double scale = 1;
  bool causal = false;
};
// q (…, Tq, D), k (…, Tk, D), v (…, Tk, V) -> (…, Tq, V): softmax(q kᵀ scale) v. mask, bool or null, is
// broadcast to (…, Tq, Tk); false means "not seen". Equal leading axes.
Value attention(Value q, Value k, Value v, Value mask, AttentionAxes axes);

// ---- gathers. Indices are int32 or int64, negative ones count from the end; out of range is an error.
// numpy's take: x's axis is replaced by the axes of indices.
Value gather(Value x, Value indices, std::int64_t axis);
// numpy's take_along_axis: indices has x's rank; the other axes are equal.
Value gather_along(Value x, Value indices, std::int64_t axis);
// x with updates added at indices along axis: the gradient of gather. Repeated indices add up.
Value scatter_add(Value x, Value indices, Value updates, std::int64_t axis);
// The same for gather_along.
Value scatter_add_along(Value x, Value indices, Value updates, std::int64_t axis);
// A new axis of depth; an index outside of 0 … depth-1 gives zeros, as in TensorFlow.
Value one_hot(Value indices, const Dim& depth, DType dtype, std::int64_t axis = -1);
// starts: one integer scalar per axis, moved so that the block fits, as StableHLO.
Value dynamic_slice(Value x, Values starts, Dims sizes);
Value dynamic_update_slice(Value x, Value update, Values starts);

// ---- order. Stable.
Value sort(Value x, std::int64_t axis = -1, bool descending = false);
Value argsort(Value x, std::int64_t axis = -1, bool descending = false);  // int32
// The k largest along the last axis, largest first: {values, int32 indices}.
Values top_k(Value x, std::int64_t k);
// int32; the first of equals.
Value argmax(Value x, std::int64_t axis, Keep keep = Keep::no);
Value argmin(Value x, std::int64_t axis, Keep keep = Keep::no);
// Where each of values belongs in sorted (one axis), as numpy's searchsorted. int32.
Value searchsorted(Value sorted, Value values, bool right = false);

// ---- running
struct Running {
  bool exclusive = false, reverse = false;
};
Value cumsum(Value x, std::int64_t axis, Running how = {});
Value cumprod(Value x, std::int64_t axis, Running how = {});

// ---- images and shapes
// (N, H, W, C) to size (H', W') with half-pixel centres. method: nearest bilinear bicubic lanczos3 lanczos5
// area; antialias widens the kernel when it shrinks (not for nearest, area).
Value resize(Value x, Dims size, const char* method, bool antialias = false);
Value reverse(Value x, Ints axes);
// 0 1 2 … along axis.
Value iota(Graph& graph, DType dtype, Dims shape, std::int64_t axis);
// Elements leave at one end and return at the other, as numpy's roll.
Value roll(Value x, std::int64_t shift, std::int64_t axis);
// Of the last two axes; the rest becomes 0.
Value tril(Value x, std::int64_t diagonal = 0);
Value triu(Value x, std::int64_t diagonal = 0);

}  // namespace keratin::ir
