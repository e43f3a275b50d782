// Windows sliding over spatial axes, channels last: reduce_window (max, sum), average_pool, max_pool_grad.
#include "kernels/conv/geometry.h"
#include "kernels/math/reference.h"
#include "kernels/math/scalar.h"
#include "runtime/ir/build_nn.h"
#include "runtime/ir/decomposed.h"
#include "runtime/ir/op.h"

namespace keratin {
namespace {

using namespace ir;

std::size_t at(std::int64_t axis) { return static_cast<std::size_t>(axis); }

constexpr AttributeDef reduce_attributes[] = {{"kind", AttributeKind::string},
                                              {"window", AttributeKind::ints},
                                              {"strides", AttributeKind::ints},
                                              {"low", AttributeKind::dims},
                                              {"high", AttributeKind::dims}};
constexpr AttributeDef pool_attributes[] = {{"window", AttributeKind::ints},
                                            {"strides", AttributeKind::ints},
                                            {"low", AttributeKind::dims},
                                            {"high", AttributeKind::dims}};

WindowAxes axes_of(const Node& node) {
  return {node.get<Ints>("window"), node.get<Ints>("strides"), node.get<Dims>("low"), node.get<Dims>("high")};
}

Type pooled(const Node& node) {
  const Type& x = node.in(0);
  const WindowAxes axes = axes_of(node);
  op_check(x.rank() >= 3 && x.rank() <= 5, node, to_string(x),
           ": expected (batch, 1 to 3 spatial axes, channels)");
  const std::size_t spatial = x.rank() - 2;
  op_check(axes.window.size() == spatial && axes.strides.size() == spatial && axes.low.size() == spatial &&
               axes.high.size() == spatial,
           node, "wants one window, stride and padding per spatial axis of ", to_string(x));
  Type y{x.dtype, {x.shape[0]}};
  for (std::size_t i = 0; i < spatial; ++i)
    y.shape.push_back(conv::windowed_size(node, x.shape[i + 1], axes.window[i], axes.strides[i], axes.low[i],
                                          axes.high[i], 1, 1));
  y.shape.push_back(x.shape.back());
  return y;
}

std::vector<Type> infer_reduce(const Node& node) {
  op_check_inputs(node, 1);
  const std::string& kind = node.get<std::string>("kind");
  op_check(kind == "max" || kind == "sum", node, "kind \"", kind, "\": expected \"max\" or \"sum\"");
  op_check(node.in(0).dtype != DType::boolean && node.in(0).dtype != DType::string, node,
           "wants numbers, not ", name_of(node.in(0).dtype));
  return {pooled(node)};
}
std::vector<Type> infer_average(const Node& node) {
  op_check_inputs(node, 1);
  reference::check_floating(node);
  return {pooled(node)};
}
std::vector<Type> infer_max_grad(const Node& node) {
  op_check_inputs(node, 2);
  reference::check_floating(node);
  const Type y = pooled(node);
  op_check(node.in(1) == y, node, "dy is ", to_string(node.in(1)), ", expected ", to_string(y));
  return {node.in(0)};
}

// Spreads dy by the strides and sums windows of it.
Value sum_gradient(Value dy, const Dims& x, const WindowAxes& axes) {
  Dims spread = dy.shape();
  Ints stride(dy.rank(), 1);
  WindowAxes back{axes.window, Ints(axes.window.size(), 1), {}, {}};
  for (std::size_t i = 0; i < axes.window.size(); ++i) {
    spread[i + 1] = (spread[i + 1] - 1) * Dim(axes.strides[i]) + 1;
    stride[i + 1] = axes.strides[i];
    const conv::Transposed padding =
        conv::transposed_padding(x[i + 1], axes.window[i], axes.strides[i], axes.low[i], axes.high[i], 1, 1);
    back.low.push_back(padding.low);
    back.high.push_back(padding.high);
  }
  if (!(spread == dy.shape()))
    dy = dy.graph().add("slice_update", {full(dy.graph(), {dy.dtype(), spread}, 0), dy},
                        {{"start", Dims(dy.rank(), Dim(0))}, {"stride", stride}});
  return reduce_window("sum", dy, std::move(back));
}

Gradients reduce_gradient(Node& node, std::span<const Value> dy) {
  const Value x = node.inputs[0];
  if (!is_floating(x.dtype())) return {{Value{}}, {}};
  if (node.get<std::string>("kind") == "sum") return {{sum_gradient(dy[0], x.shape(), axes_of(node))}, {}};
  return {{node.graph->add("max_pool_grad", {x, dy[0]},
                           {{"window", node.get<Ints>("window")},
                            {"strides", node.get<Ints>("strides")},
                            {"low", node.get<Dims>("low")},
                            {"high", node.get<Dims>("high")}})},
          {}};
}

Values decompose_average(Graph& graph, const Node& node, const Values& inputs) {
  const Value x = inputs[0];
  const bool narrow = size_of(x.dtype()) == 2;
  const Value wide = narrow ? cast(x, DType::float32) : x;
  Dims shape = x.shape();
  shape.front() = shape.back() = Dim(1);
  const WindowAxes axes = axes_of(node);
  const Value ones = full(graph, {wide.dtype(), std::move(shape)}, 1);
  return {cast(reduce_window("sum", wide, axes) / reduce_window("sum", ones, axes), x.dtype())};
}

// Calls visit(pixel of y, pixel of x) for the elements of each window, in row-major order.
template <class Visit>
void for_each_pixel(const conv::Geometry& g, Visit visit) {
  const auto& [a, b, c] = g.axes;
  std::int64_t y = 0;
  for (std::int64_t oa = 0; oa < a.out; ++oa)
    for (std::int64_t ob = 0; ob < b.out; ++ob)
      for (std::int64_t oc = 0; oc < c.out; ++oc, ++y)
        for (std::int64_t k = 0; k < a.window * b.window * c.window; ++k) {
          const std::int64_t xa = a.source(oa, k / c.window / b.window),
                             xb = b.source(ob, k / c.window % b.window), xc = c.source(oc, k % c.window);
          if (xa >= 0 && xb >= 0 && xc >= 0) visit(y, (xa * b.size + xb) * c.size + xc);
        }
}

struct Pixels {
  std::int64_t in, out;
  explicit Pixels(const conv::Geometry& g)
      : in(g.axes[0].size * g.axes[1].size * g.axes[2].size),
        out(g.axes[0].out * g.axes[1].out * g.axes[2].out) {}
};

void evaluate_reduce(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const conv::Geometry g = conv::window_geometry(in[0].shape, out[0].shape, node);
  const Pixels pixels(g);
  const bool is_max = node.get<std::string>("kind") == "max";
  reference::visit_numeric(in[0].dtype, [&]<class T>() {
    using A = reference::accumulate_t<T>;
    using Limits = std::numeric_limits<A>;
    const A start = !is_max ? A(0) : Limits::has_infinity ? A(-Limits::infinity()) : Limits::lowest();
    std::vector<A> sums(at(pixels.out * g.channels));
    for (std::int64_t n = 0; n < g.batch; ++n) {
      const T* x = in[0].as<T>() + n * pixels.in * g.channels;
      std::fill(sums.begin(), sums.end(), start);
      for_each_pixel(g, [&](std::int64_t to, std::int64_t from) {
        for (std::int64_t channel = 0; channel < g.channels; ++channel) {
          A& sum = sums[at(to * g.channels + channel)];
          const A value = reference::load(x[from * g.channels + channel]);
          sum = is_max ? m::maximum(sum, value) : static_cast<A>(sum + value);
        }
      });
      T* y = out[0].as<T>() + n * pixels.out * g.channels;
      for (std::size_t i = 0; i < sums.size(); ++i) y[i] = reference::store<T>(sums[i]);
    }
  });
}

void evaluate_average(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const conv::Geometry g = conv::window_geometry(in[0].shape, out[0].shape, node);
  const Pixels pixels(g);
  std::vector<std::int64_t> counts(at(pixels.out), 0);
  for_each_pixel(g, [&](std::int64_t to, std::int64_t) { ++counts[at(to)]; });
  reference::visit_floating(in[0].dtype, [&]<class T>() {
    std::vector<double> sums(at(pixels.out * g.channels));
    for (std::int64_t n = 0; n < g.batch; ++n) {
      const T* x = in[0].as<T>() + n * pixels.in * g.channels;
      std::fill(sums.begin(), sums.end(), 0.0);
      for_each_pixel(g, [&](std::int64_t to, std::int64_t from) {
        for (std::int64_t channel = 0; channel < g.channels; ++channel)
          sums[at(to * g.channels + channel)] += reference::load(x[from * g.channels + channel]);
      });
      T* y = out[0].as<T>() + n * pixels.out * g.channels;
      for (std::size_t i = 0; i < sums.size(); ++i)
        y[i] = reference::store<T>(sums[i] / static_cast<double>(counts[i / at(g.channels)]));
    }
  });
}

// As TensorFlow, the first of equal maxima in a window gets all.
void evaluate_max_grad(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const conv::Geometry g = conv::window_geometry(in[0].shape, in[1].shape, node);
  const Pixels pixels(g);
  reference::visit_floating(in[0].dtype, [&]<class T>() {
    std::vector<double> flow(at(pixels.in * g.channels));
    std::vector<std::int64_t> best(at(pixels.out * g.channels));
    for (std::int64_t n = 0; n < g.batch; ++n) {
      const T* x = in[0].as<T>() + n * pixels.in * g.channels;
      const T* dy = in[1].as<T>() + n * pixels.out * g.channels;
      std::fill(flow.begin(), flow.end(), 0.0);
      std::fill(best.begin(), best.end(), -1);
      for_each_pixel(g, [&](std::int64_t to, std::int64_t from) {
        for (std::int64_t channel = 0; channel < g.channels; ++channel) {
          std::int64_t& top = best[at(to * g.channels + channel)];
          const std::int64_t here = from * g.channels + channel;
          if (top < 0 || reference::load(x[here]) > reference::load(x[top])) top = here;
        }
      });
      for (std::size_t i = 0; i < best.size(); ++i)
        if (best[i] >= 0) flow[at(best[i])] += reference::load(dy[i]);
      T* dx = out[0].as<T>() + n * pixels.in * g.channels;
      for (std::size_t i = 0; i < flow.size(); ++i) dx[i] = reference::store<T>(flow[i]);
    }
  });
}

constexpr Case reduce_cases[] = {
    {"kind=\"max\", window=[2,2], strides=[2,2], low=[0,0], high=[0,0]", "f32[2,6,5,3]"},
    {"kind=\"max\", window=[3,2], strides=[2,1], low=[1,0], high=[1,1]", "f64[2,5,4,2]"},
    {"kind=\"sum\", window=[3], strides=[2], low=[1], high=[0]", "f64[2,7,3]"},
    {"kind=\"sum\", window=[2,3,2], strides=[1,2,3], low=[0,1,0], high=[1,1,0]", "f64[1,3,5,4,2]"},
    {"kind=\"max\", window=[2,2,2], strides=[2,2,2], low=[0,0,0], high=[0,0,0]", "f32[1,4,4,4,2]"},
    {"kind=\"max\", window=[2], strides=[1], low=[0], high=[0]", "i32[1,5,2]"},
};
constexpr Case average_cases[] = {
    {"window=[3,3], strides=[2,2], low=[1,1], high=[1,1]", "f32[2,6,5,3]"},
    {"window=[3,2], strides=[2,1], low=[0,0], high=[1,1]", "f64[2,5,4,2]"},
    {"window=[2], strides=[2], low=[0], high=[0]", "f64[2,6,3]"},
    {"window=[2,2,2], strides=[2,1,1], low=[0,0,0], high=[0,1,0]", "f64[1,4,3,2,2]"},
    {"window=[4,4], strides=[4,4], low=[0,0], high=[0,0]", "f16[1,8,4,2]"},
};
constexpr Case max_grad_cases[] = {
    {"window=[2,2], strides=[2,2], low=[0,0], high=[0,0]", "f32[2,6,4,3] f32[2,3,2,3]"},
    {"window=[3], strides=[1], low=[1], high=[1]", "f64[1,5,2] f64[1,5,2]"},
};

constexpr OpDef ops[] = {
    {"reduce_window",
     reduce_attributes,
     infer_reduce,
     {reduce_gradient},
     nullptr,
     evaluate_reduce,
     reduce_cases},
    {"average_pool",
     pool_attributes,
     infer_average,
     {gradient_of_decomposition},
     decompose_average,
     evaluate_average,
     average_cases},
    {"max_pool_grad",
     pool_attributes,
     infer_max_grad,
     {nullptr, "second derivatives of max pooling aren't defined", NoGradient::refused},
     nullptr,
     evaluate_max_grad,
     max_grad_cases},
};

}  // namespace
extern const OpFamily ops_pool{ops};
}  // namespace keratin
