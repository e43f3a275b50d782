// Convolution over one to three spatial axes, channels last, and its gradients. The gradient for the input is
// a convolution with the strides as input dilation and the filter reversed.
#include "kernels/conv/geometry.h"
#include "kernels/math/epilogue.h"
#include "kernels/math/reference.h"
#include "runtime/ir/build_nn.h"
#include "runtime/ir/op.h"
#include "runtime/ir/print.h"

namespace keratin {
namespace {

using namespace ir;

std::size_t at(std::int64_t axis) { return static_cast<std::size_t>(axis); }

constexpr AttributeDef attributes[] = {
    {"strides", AttributeKind::ints},        {"low", AttributeKind::dims},
    {"high", AttributeKind::dims},           {"dilation", AttributeKind::ints},
    {"input_dilation", AttributeKind::ints}, {"groups", AttributeKind::integer, "1"}};
constexpr AttributeDef filter_attributes[] = {
    {"window", AttributeKind::ints},        {"strides", AttributeKind::ints},
    {"low", AttributeKind::dims},           {"high", AttributeKind::dims},
    {"dilation", AttributeKind::ints},      {"input_dilation", AttributeKind::ints},
    {"groups", AttributeKind::integer, "1"}};
constexpr AttributeDef input_attributes[] = {
    {"size", AttributeKind::dims},          {"strides", AttributeKind::ints},
    {"low", AttributeKind::dims},           {"high", AttributeKind::dims},
    {"dilation", AttributeKind::ints},      {"input_dilation", AttributeKind::ints},
    {"groups", AttributeKind::integer, "1"}};

ConvolutionAxes axes_of(const Node& node) {
  return {node.get<Ints>("strides"),        node.get<Dims>("low"),
          node.get<Dims>("high"),           node.get<Ints>("dilation"),
          node.get<Ints>("input_dilation"), node.get<std::int64_t>("groups")};
}

void check_axes(const Node& node, const ConvolutionAxes& axes) {
  op_check_inputs(node, 2);
  reference::check_floating(node);
  const Type& x = node.in(0);
  op_check(x.rank() >= 3 && x.rank() <= 5, node, printed(x),
           ": expected (batch, 1 to 3 spatial axes, channels)");
  op_check(node.in(1).rank() == x.rank(), node, printed(x), " and ", printed(node.in(1)),
           " differ in the number of spatial axes");
  const std::size_t spatial = x.rank() - 2;
  op_check(axes.strides.size() == spatial && axes.low.size() == spatial && axes.high.size() == spatial &&
               axes.dilation.size() == spatial && axes.input_dilation.size() == spatial,
           node, "wants one stride, padding and dilation per spatial axis of ", printed(x));
  op_check(axes.groups >= 1, node, "groups ", axes.groups, ": expected at least 1");
}

// Along spatial axis i of x, which has this size there.
Dim out_size(const Node& node, const Dim& size, const ConvolutionAxes& axes, std::size_t i,
             std::int64_t window) {
  return conv::windowed_size(node, size, window, axes.strides[i], axes.low[i], axes.high[i], axes.dilation[i],
                             axes.input_dilation[i]);
}

std::vector<Type> infer(const Node& node) {
  const ConvolutionAxes axes = axes_of(node);
  check_axes(node, axes);
  const Type &x = node.in(0), &w = node.in(1);
  const Dim &in = w.shape[w.rank() - 2], &out = w.shape.back();
  op_check(x.shape.back() == in * Dim(axes.groups), node, printed(x), " has ", printed(x.shape.back()),
           " channels, the filter ", printed(w), " of ", axes.groups, " groups wants ",
           printed(in * Dim(axes.groups)));
  op_check(exact_div(out, Dim(axes.groups)).has_value(), node, printed(out), " output channels in ",
           axes.groups, " groups: the groups must be equal");
  Type y{x.dtype, {x.shape[0]}};
  for (std::size_t i = 0; i + 2 < x.rank(); ++i) {
    op_check(w.shape[i].is_constant(), node, "the filter ", printed(w), " must have a known size");
    y.shape.push_back(out_size(node, x.shape[i + 1], axes, i, w.shape[i].value()));
  }
  y.shape.push_back(out);
  return {y};
}

std::vector<Type> infer_filter(const Node& node) {
  const ConvolutionAxes axes = axes_of(node);
  check_axes(node, axes);
  const Type &x = node.in(0), &dy = node.in(1);
  const Ints& window = node.get<Ints>("window");
  op_check(window.size() + 2 == x.rank(), node, "wants one window per spatial axis of ", printed(x));
  const std::optional<Dim> in = exact_div(x.shape.back(), Dim(axes.groups));
  op_check(in && exact_div(dy.shape.back(), Dim(axes.groups)), node, printed(x), " and ", printed(dy),
           " can't be split into ", axes.groups, " groups");
  op_check(x.shape[0] == dy.shape[0], node, printed(x), " and ", printed(dy), " differ in the batch");
  Type w{x.dtype, {}};
  for (std::size_t i = 0; i < window.size(); ++i) {
    const Dim out = out_size(node, x.shape[i + 1], axes, i, window[i]);
    op_check(out == dy.shape[i + 1], node, printed(dy), " has ", printed(dy.shape[i + 1]),
             " along spatial axis ", i, ", expected ", printed(out));
    w.shape.push_back(Dim(window[i]));
  }
  w.shape.push_back(*in);
  w.shape.push_back(dy.shape.back());
  return {w};
}

// dy, w -> dx, whose spatial shape is size.
std::vector<Type> infer_input(const Node& node) {
  const ConvolutionAxes axes = axes_of(node);
  check_axes(node, axes);
  const Type &dy = node.in(0), &w = node.in(1);
  const Dims& size = node.get<Dims>("size");
  op_check(size.size() + 2 == dy.rank(), node, "wants one size per spatial axis of ", printed(dy));
  op_check(dy.shape.back() == w.shape.back() && exact_div(w.shape.back(), Dim(axes.groups)), node,
           printed(dy), " doesn't fit the filter ", printed(w), " of ", axes.groups, " groups");
  Type x{dy.dtype, {dy.shape[0]}};
  for (std::size_t i = 0; i < size.size(); ++i) {
    op_check(w.shape[i].is_constant(), node, "the filter ", printed(w), " must have a known size");
    const Dim out = out_size(node, size[i], axes, i, w.shape[i].value());
    op_check(out == dy.shape[i + 1], node, printed(dy), " has ", printed(dy.shape[i + 1]),
             " along spatial axis ", i, ", expected ", printed(out));
    x.shape.push_back(size[i]);
  }
  x.shape.push_back(w.shape[w.rank() - 2] * Dim(axes.groups));
  return {x};
}

// (k…, C / groups, O) -> (k…, O / groups, C), reversed along k.
Value transposed_filter(Value w, std::int64_t groups) {
  const auto spatial = static_cast<std::int64_t>(w.rank()) - 2;
  Ints reversed, permutation;
  for (std::int64_t i = 0; i < spatial; ++i) {
    if (!(w.shape()[at(i)] == Dim(1))) reversed.push_back(i);
    permutation.push_back(i);
  }
  if (!reversed.empty()) w = reverse(w, reversed);
  const Dim in = w.shape()[at(spatial)], out = *exact_div(w.shape().back(), Dim(groups));
  Dims split = w.shape();
  split.back() = Dim(groups);
  split.push_back(out);  // (k…, C / groups, groups, O / groups)
  permutation.insert(permutation.end(), {spatial + 2, spatial + 1, spatial});
  Dims joined(w.shape().begin(), w.shape().end() - 2);
  joined.insert(joined.end(), {out, in * Dim(groups)});
  return reshape(transpose(reshape(w, std::move(split)), std::move(permutation)), std::move(joined));
}

Values decompose_input(Graph&, const Node& node, const Values& inputs) {
  const Value dy = inputs[0], w = inputs[1];
  const ConvolutionAxes axes = axes_of(node);
  const Dims& size = node.get<Dims>("size");
  ConvolutionAxes back{axes.input_dilation, {}, {}, axes.dilation, axes.strides, axes.groups};
  for (std::size_t i = 0; i < size.size(); ++i) {
    const conv::Transposed padding =
        conv::transposed_padding(size[i], w.shape()[i].value(), axes.strides[i], axes.low[i], axes.high[i],
                                 axes.dilation[i], axes.input_dilation[i]);
    back.low.push_back(padding.low);
    back.high.push_back(padding.high);
  }
  return {convolution(dy, transposed_filter(w, axes.groups), std::move(back))};
}

// dy, w -> dx of the convolution of an x with these spatial axes.
Value convolution_input_grad(Value dy, Value w, Dims size, ConvolutionAxes axes) {
  return dy.graph().add("convolution_input_grad", {dy, w},
                        {{"size", std::move(size)},
                         {"strides", axes.strides},
                         {"low", axes.low},
                         {"high", axes.high},
                         {"dilation", axes.dilation},
                         {"input_dilation", axes.input_dilation},
                         {"groups", axes.groups}});
}

// The spatial axes of a shape.
Dims spatial_of(const Dims& shape) { return Dims(shape.begin() + 1, shape.end() - 1); }
Ints window_of(Value w) {
  Ints window;
  for (std::size_t i = 0; i + 2 < w.rank(); ++i) window.push_back(w.shape()[i].value());
  return window;
}

Gradients gradient(Node& node, std::span<const Value> dy) {
  const Value x = node.inputs[0], w = node.inputs[1];
  const ConvolutionAxes axes = axes_of(node);
  return {{convolution_input_grad(dy[0], w, spatial_of(x.shape()), axes),
           convolution_filter_grad(x, dy[0], window_of(w), axes)},
          {}};
}

// Both are linear in what they are made of.
Gradients filter_gradient(Node& node, std::span<const Value> dw) {
  const Value x = node.inputs[0], dy = node.inputs[1];
  const ConvolutionAxes axes = axes_of(node);
  return {{convolution_input_grad(dy, dw[0], spatial_of(x.shape()), axes), convolution(x, dw[0], axes)}, {}};
}
Gradients input_gradient(Node& node, std::span<const Value> dx) {
  const Value dy = node.inputs[0], w = node.inputs[1];
  const ConvolutionAxes axes = axes_of(node);
  return {{convolution(dx[0], w, axes), convolution_filter_grad(dx[0], dy, window_of(w), axes)}, {}};
}

// Calls visit(index of the position of y, of x, of w) for each pair of output and kernel position that meet;
// the indices count pixels, without batch and channels.
template <class Visit>
void for_each_meeting(const conv::Geometry& g, Visit visit) {
  const auto& [a, b, c] = g.axes;
  std::int64_t y = 0;
  for (std::int64_t oa = 0; oa < a.out; ++oa)
    for (std::int64_t ob = 0; ob < b.out; ++ob)
      for (std::int64_t oc = 0; oc < c.out; ++oc, ++y)
        for (std::int64_t k = 0; k < a.window * b.window * c.window; ++k) {
          const std::int64_t xa = a.source(oa, k / c.window / b.window),
                             xb = b.source(ob, k / c.window % b.window), xc = c.source(oc, k % c.window);
          if (xa >= 0 && xb >= 0 && xc >= 0) visit(y, (xa * b.size + xb) * c.size + xc, k);
        }
}

void evaluate(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const conv::Geometry g = conv::convolution_geometry(in[0].shape, in[1].shape, out[0].shape, node);
  const std::int64_t cin = g.channels / g.groups, cout = g.out_channels / g.groups;
  const std::int64_t pixels = g.axes[0].size * g.axes[1].size * g.axes[2].size;
  const std::int64_t results = g.axes[0].out * g.axes[1].out * g.axes[2].out;
  reference::visit_floating(out[0].dtype, [&]<class T>() {
    std::vector<double> sums(at(results * g.out_channels));
    for (std::int64_t n = 0; n < g.batch; ++n) {
      const T* x = in[0].as<T>() + n * pixels * g.channels;
      std::fill(sums.begin(), sums.end(), 0.0);
      for_each_meeting(g, [&](std::int64_t place, std::int64_t pixel, std::int64_t k) {
        for (std::int64_t channel = 0; channel < g.channels; ++channel) {
          const double value = reference::load(x[pixel * g.channels + channel]);
          const std::int64_t group = channel / cin;
          const T* w = in[1].as<T>() + (k * cin + channel % cin) * g.out_channels + group * cout;
          double* sum = sums.data() + place * g.out_channels + group * cout;
          for (std::int64_t o = 0; o < cout; ++o) sum[o] += value * reference::load(w[o]);
        }
      });
      T* y = out[0].as<T>() + n * results * g.out_channels;
      for (std::size_t i = 0; i < sums.size(); ++i) y[i] = reference::store<T>(sums[i]);
    }
  });
}

void evaluate_filter(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const conv::Geometry g = conv::convolution_geometry(in[0].shape, out[0].shape, in[1].shape, node);
  const std::int64_t cin = g.channels / g.groups, cout = g.out_channels / g.groups;
  const std::int64_t pixels = g.axes[0].size * g.axes[1].size * g.axes[2].size;
  const std::int64_t results = g.axes[0].out * g.axes[1].out * g.axes[2].out;
  reference::visit_floating(out[0].dtype, [&]<class T>() {
    std::vector<double> sums(at(out[0].elements()), 0.0);
    for (std::int64_t n = 0; n < g.batch; ++n) {
      const T* x = in[0].as<T>() + n * pixels * g.channels;
      const T* dy = in[1].as<T>() + n * results * g.out_channels;
      for_each_meeting(g, [&](std::int64_t place, std::int64_t pixel, std::int64_t k) {
        for (std::int64_t channel = 0; channel < g.channels; ++channel) {
          const double value = reference::load(x[pixel * g.channels + channel]);
          const std::int64_t group = channel / cin;
          double* sum = sums.data() + (k * cin + channel % cin) * g.out_channels + group * cout;
          for (std::int64_t o = 0; o < cout; ++o)
            sum[o] += value * reference::load(dy[place * g.out_channels + group * cout + o]);
        }
      });
    }
    T* dw = out[0].as<T>();
    for (std::size_t i = 0; i < sums.size(); ++i) dw[i] = reference::store<T>(sums[i]);
  });
}

constexpr Case cases[] = {
    {"strides=[1,1], low=[1,1], high=[1,1], dilation=[1,1], input_dilation=[1,1]",
     "f32[2,5,6,3] f32[3,3,3,4]"},
    {"strides=[2,3], low=[0,1], high=[1,2], dilation=[1,2], input_dilation=[1,1]",
     "f64[2,6,7,2] f64[3,2,2,3]"},
    {"strides=[2], low=[0], high=[0], dilation=[1], input_dilation=[1]", "f64[2,8,3] f64[3,3,2]"},
    {"strides=[1,1], low=[2,0], high=[1,2], dilation=[1,1], input_dilation=[2,3]",
     "f64[1,3,2,2] f64[3,4,2,2]"},
    {"strides=[1,2], low=[-1,4], high=[1,-1], dilation=[2,1], input_dilation=[1,2]",
     "f64[1,5,4,1] f64[2,3,1,2]"},
    {"strides=[2,1], low=[1,1], high=[0,1], dilation=[1,1], input_dilation=[1,1], groups=4",
     "f32[1,6,5,4] f32[3,3,1,8]"},
    {"strides=[1,2], low=[1,1], high=[1,1], dilation=[1,1], input_dilation=[1,1], groups=2",
     "f64[2,4,4,4] f64[3,3,2,6]"},
    {"strides=[1,2,1], low=[0,1,0], high=[0,0,1], dilation=[1,1,2], input_dilation=[1,1,1]",
     "f64[1,3,4,3,2] f64[2,2,2,2,3]"},
    {"strides=[1,1], low=[0,0], high=[0,0], dilation=[1,1], input_dilation=[1,1]",
     "f16[1,4,4,8] f16[1,1,8,4]"},
};
constexpr Case filter_cases[] = {
    {"window=[3,3], strides=[1,1], low=[1,1], high=[1,1], dilation=[1,1], input_dilation=[1,1]",
     "f32[2,5,6,3] f32[2,5,6,4]"},
    {"window=[3,2], strides=[2,3], low=[0,1], high=[1,2], dilation=[1,2], input_dilation=[1,1]",
     "f64[2,6,7,2] f64[2,3,3,3]"},
    {"window=[3], strides=[2], low=[0], high=[0], dilation=[1], input_dilation=[2], groups=2",
     "f64[2,5,4] f64[2,4,6]"},
};
constexpr Case input_cases[] = {
    {"size=[5,6], strides=[1,1], low=[1,1], high=[1,1], dilation=[1,1], input_dilation=[1,1]",
     "f32[2,5,6,4] f32[3,3,3,4]"},
    {"size=[6,7], strides=[2,3], low=[0,1], high=[1,2], dilation=[1,2], input_dilation=[1,1]",
     "f64[2,3,3,3] f64[3,2,2,3]"},
    {"size=[5], strides=[2], low=[0], high=[0], dilation=[1], input_dilation=[2], groups=2",
     "f64[2,4,6] f64[3,2,6]"},
    {"size=[4,4], strides=[2,2], low=[0,0], high=[0,0], dilation=[1,1], input_dilation=[1,1]",
     "f64[2,2,2,5] f64[1,1,3,5]"},
};

constexpr auto epilogue_attributes = epilogue::with_epilogue(attributes);
constexpr Case epilogue_cases[] = {
    {"strides=[1], low=[1], high=[1], dilation=[1], input_dilation=[1], scale=true, shift=true",
     "f32[2,5,3] f32[3,3,4] f32[4] f32[4]"},
    {"strides=[1], low=[1], high=[1], dilation=[1], input_dilation=[1], add=true",
     "f32[2,5,3] f32[3,3,4] f32[2,5,4]", R"(graph {
  %0 = input() {name="x", dtype=f32, shape=[2,5,4]}
  %1 = relu(%0)
  output "y" = %1
})"}};

constexpr OpDef ops[] = {
    {"convolution", attributes, infer, {gradient}, nullptr, evaluate, cases},
    {"convolution_epilogue",
     epilogue_attributes,
     epilogue::infer,
     {nullptr, epilogue::no_gradient},
     epilogue::decompose,
     nullptr,
     epilogue_cases},
    {"convolution_filter_grad",
     filter_attributes,
     infer_filter,
     {filter_gradient},
     nullptr,
     evaluate_filter,
     filter_cases},
    {"convolution_input_grad",
     input_attributes,
     infer_input,
     {input_gradient},
     decompose_input,
     nullptr,
     input_cases},
};

}  // namespace
extern const OpFamily ops_conv{ops};
}  // namespace keratin
