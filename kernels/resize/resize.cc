// resize: images (N, H, W, C) to another H and W, one axis after the other. resize_grad is its transpose.
#include "kernels/math/reference.h"
#include "kernels/resize/weights.h"
#include "runtime/ir/build_nn.h"
#include "runtime/ir/op.h"

namespace keratin {
namespace {

using namespace ir;

constexpr AttributeDef attributes[] = {{"size", AttributeKind::dims},
                                       {"method", AttributeKind::string},
                                       {"antialias", AttributeKind::boolean, "false"}};

std::vector<Type> infer(const Node& node) {
  op_check_inputs(node, 1);
  const Type& x = node.in(0);
  const Dims& size = node.get<Dims>("size");
  const std::string& method = node.get<std::string>("method");
  op_check(resize::is_method(method), node, "method \"", method,
           "\": expected nearest, bilinear, bicubic, lanczos3, lanczos5 or area");
  op_check(x.rank() == 4 && size.size() == 2, node, to_string(x), " to ", to_string(size),
           ": expected (batch, height, width, channels) and two sizes");
  op_check(is_floating(x.dtype) || (method == "nearest" && x.dtype != DType::string), node, name_of(x.dtype),
           " images can only be resized by \"nearest\"; cast them to floating point");
  for (const Dim& dim : size)
    op_check(!dim.is_constant() || dim.value() >= 1, node, "size ", to_string(size), " must be positive");
  return {{x.dtype, {x.shape[0], size[0], size[1], x.shape[3]}}};
}
std::vector<Type> infer_floating(const Node& node) {
  op_check_inputs(node, 1);
  reference::check_floating(node);
  return infer(node);
}

// The twin op on dy, to the size of x.
Gradients transposed(const char* op, Node& node, Value dy) {
  const Dims& x = node.in(0).shape;
  return {{node.graph->add(op, {dy},
                           {{"size", Dims{x[1], x[2]}},
                            {"method", node.get<std::string>("method")},
                            {"antialias", node.get<bool>("antialias")}})},
          {}};
}
Gradients gradient(Node& node, std::span<const Value> dy) {
  if (!is_floating(node.in(0).dtype)) return {{Value{}}, {}};
  return transposed("resize_grad", node, dy[0]);
}
Gradients grad_gradient(Node& node, std::span<const Value> dy) { return transposed("resize", node, dy[0]); }

resize::Weights weights_of(const Node& node, std::int64_t in, std::int64_t out) {
  return resize::make_weights(node.get<std::string>("method"), node.get<bool>("antialias"), in, out);
}

void pick_nearest(const Node& node, const HostView& x, const HostView& y) {
  const auto rows = weights_of(node, x.shape[1], y.shape[1]),
             columns = weights_of(node, x.shape[2], y.shape[2]);
  const std::int64_t channels = x.shape[3];
  visit_dtype(x.dtype, [&]<class T>() {
    T* to = y.as<T>();
    for (std::int64_t n = 0; n < x.shape[0]; ++n)
      for (const auto& row : rows)
        for (const auto& column : columns) {
          const std::int64_t pixel = (n * x.shape[1] + row[0].source) * x.shape[2] + column[0].source;
          to = std::copy_n(x.as<T>() + pixel * channels, channels, to);
        }
  });
}

void evaluate(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const auto x = in[0].shape, y = out[0].shape;
  if (in[0].elements() == 0) return;
  if (node.get<std::string>("method") == "nearest") return pick_nearest(node, in[0], out[0]);
  const auto rows = weights_of(node, x[1], y[1]), columns = weights_of(node, x[2], y[2]);
  reference::visit_floating(in[0].dtype, [&]<class T>() {
    std::vector<double> sums(static_cast<std::size_t>(x[3]));
    T* to = out[0].as<T>();
    for (std::int64_t n = 0; n < x[0]; ++n)
      for (const auto& row : rows)
        for (const auto& column : columns) {
          std::fill(sums.begin(), sums.end(), 0.0);
          for (const resize::Term& a : row)
            for (const resize::Term& b : column) {
              const T* from = in[0].as<T>() + ((n * x[1] + a.source) * x[2] + b.source) * x[3];
              for (std::size_t c = 0; c < sums.size(); ++c)
                sums[c] += static_cast<double>(a.weight) * b.weight * reference::load(from[c]);
            }
          for (double sum : sums) *to++ = reference::store<T>(sum);
        }
  });
}

void evaluate_grad(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const auto dy = in[0].shape, x = out[0].shape;
  const auto rows = weights_of(node, x[1], dy[1]), columns = weights_of(node, x[2], dy[2]);
  reference::visit_floating(in[0].dtype, [&]<class T>() {
    std::vector<double> sums(static_cast<std::size_t>(out[0].elements()));
    const T* from = in[0].as<T>();
    for (std::int64_t n = 0; n < x[0]; ++n)
      for (const auto& row : rows)
        for (const auto& column : columns) {
          for (const resize::Term& a : row)
            for (const resize::Term& b : column) {
              double* to = sums.data() + ((n * x[1] + a.source) * x[2] + b.source) * x[3];
              for (std::int64_t c = 0; c < x[3]; ++c)
                to[c] += static_cast<double>(a.weight) * b.weight * reference::load(from[c]);
            }
          from += x[3];
        }
    for (std::size_t i = 0; i < sums.size(); ++i) out[0].as<T>()[i] = reference::store<T>(sums[i]);
  });
}

constexpr Case cases[] = {
    {"size=[4,7], method=\"nearest\"", "f64[2,3,4,2]"},
    {"size=[6,5], method=\"nearest\"", "u8[1,3,4,3]"},
    {"size=[5,3], method=\"bilinear\"", "f32[2,3,4,2]"},
    {"size=[2,3], method=\"bilinear\", antialias=true", "f64[1,5,4,2]"},
    {"size=[7,3], method=\"bicubic\"", "f64[1,4,5,1]"},
    {"size=[3,2], method=\"bicubic\", antialias=true", "f32[1,7,5,2]"},
    {"size=[3,9], method=\"lanczos3\"", "f64[1,6,5,1]"},
    {"size=[4,3], method=\"lanczos5\", antialias=true", "f64[1,9,8,1]"},
    {"size=[2,7], method=\"area\"", "f64[1,5,4,2]"},
    {"size=[4,4], method=\"bilinear\"", "f16[1,2,3,2]"},
};
constexpr Case grad_cases[] = {{"size=[3,4], method=\"bilinear\"", "f32[2,5,3,2]"},
                               {"size=[5,4], method=\"area\"", "f64[1,2,7,2]"},
                               {"size=[3,3], method=\"nearest\"", "f64[1,6,5,1]"}};

constexpr OpDef ops[] = {
    {"resize", attributes, infer, {gradient}, nullptr, evaluate, cases},
    {"resize_grad", attributes, infer_floating, {grad_gradient}, nullptr, evaluate_grad, grad_cases},
};

}  // namespace
extern const OpFamily ops_resize{ops};
}  // namespace keratin
