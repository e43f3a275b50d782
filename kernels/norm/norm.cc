// Normalisations: layer_norm and rms_norm by statistics of x, batch_norm by given ones.
#include <cmath>

#include "kernels/math/reference.h"
#include "runtime/ir/build_nn.h"
#include "runtime/ir/decomposed.h"
#include "runtime/ir/op.h"
#include "runtime/ir/print.h"

namespace keratin {
namespace {

using namespace ir;

std::size_t at(std::int64_t axis) { return static_cast<std::size_t>(axis); }

constexpr AttributeDef axes_attributes[] = {{"axes", AttributeKind::ints}, {"epsilon", AttributeKind::real}};
constexpr AttributeDef batch_attributes[] = {{"axis", AttributeKind::integer},
                                             {"epsilon", AttributeKind::real}};

// Input i must have the shape of x's axes.
void check_parameter(const Node& node, std::size_t i, const char* name, const Ints& axes) {
  Dims shape;
  for (std::int64_t axis : axes) shape.push_back(node.in(0).shape[at(axis)]);
  op_check(node.in(i).shape == shape, node, name, " is ", printed(node.in(i)), ", expected the shape ",
           printed(shape), " for ", printed(node.in(0)));
}

template <std::size_t count>
std::vector<Type> infer_statistics(const Node& node) {
  op_check_inputs(node, count);
  reference::check_floating(node);
  const Ints& axes = node.get<Ints>("axes");
  op_check(!axes.empty(), node, "wants at least one axis");
  reference::check_axes(node, axes, node.in(0));
  check_parameter(node, 1, "gamma", axes);
  if constexpr (count == 3) check_parameter(node, 2, "beta", axes);
  return {node.in(0)};
}

std::vector<Type> infer_batch(const Node& node) {
  op_check_inputs(node, 5);
  reference::check_floating(node);
  const auto axis = node.get<std::int64_t>("axis");
  reference::check_axis(node, axis, node.in(0));
  constexpr const char* names[] = {"x", "mean", "variance", "gamma", "beta"};
  for (std::size_t i = 1; i < 5; ++i) check_parameter(node, i, names[i], {axis});
  return {node.in(0)};
}

// A parameter of x's axes, ready to broadcast against x.
Value spread(Value parameter, Value x, const Ints& axes) {
  Dims shape(x.rank(), Dim(1));
  for (std::int64_t axis : axes) shape[at(axis)] = x.shape()[at(axis)];
  return reshape(parameter, std::move(shape));
}
// 16-bit floats are computed in float32, as Keras does.
Value widened(Value x) { return size_of(x.dtype()) == 2 ? cast(x, DType::float32) : x; }

Values decompose_layer_norm(Graph&, const Node& node, const Values& inputs) {
  const Ints& axes = node.get<Ints>("axes");
  const Value x = widened(inputs[0]);
  const Value gamma = spread(widened(inputs[1]), x, axes), beta = spread(widened(inputs[2]), x, axes);
  const Value centred = x - mean(x, axes, Keep::yes);
  const Value scale = rsqrt(mean(square(centred), axes, Keep::yes) + node.get<double>("epsilon"));
  return {cast(centred * scale * gamma + beta, inputs[0].dtype())};
}
Values decompose_rms_norm(Graph&, const Node& node, const Values& inputs) {
  const Ints& axes = node.get<Ints>("axes");
  const Value x = widened(inputs[0]), gamma = spread(widened(inputs[1]), x, axes);
  const Value scale = rsqrt(mean(square(x), axes, Keep::yes) + node.get<double>("epsilon"));
  return {cast(x * scale * gamma, inputs[0].dtype())};
}
Values decompose_batch_norm(Graph&, const Node& node, const Values& inputs) {
  const Ints axes = {node.get<std::int64_t>("axis")};
  const Value x = widened(inputs[0]), centre = widened(inputs[1]), variance = widened(inputs[2]);
  const Value scale = widened(inputs[3]) * rsqrt(variance + node.get<double>("epsilon"));
  const Value shift = widened(inputs[4]) - centre * scale;
  return {cast(x * spread(scale, x, axes) + spread(shift, x, axes), inputs[0].dtype())};
}

template <bool centred>
void evaluate_statistics(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const Ints& axes = node.get<Ints>("axes");
  const double epsilon = node.get<double>("epsilon");
  const auto groups = reference::offsets(in[0].shape, reference::other_axes(in[0].shape.size(), axes));
  const auto members = reference::offsets(in[0].shape, axes);
  const auto count = static_cast<double>(members.size());
  reference::visit_floating(in[0].dtype, [&]<class T>() {
    for (std::int64_t group : groups) {
      const T* x = in[0].as<T>() + group;
      T* y = out[0].as<T>() + group;
      double mean = 0, variance = 0;
      if (centred)
        for (std::int64_t i : members) mean += reference::load(x[i]) / count;
      for (std::int64_t i : members) {
        const double difference = reference::load(x[i]) - mean;
        variance += difference * difference / count;
      }
      const double scale = 1 / std::sqrt(variance + epsilon);
      for (std::size_t k = 0; k < members.size(); ++k) {
        double value = (reference::load(x[members[k]]) - mean) * scale * reference::load(in[1].as<T>()[k]);
        if (centred) value += reference::load(in[2].as<T>()[k]);
        y[members[k]] = reference::store<T>(value);
      }
    }
  });
}

void evaluate_batch_norm(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const double epsilon = node.get<double>("epsilon");
  const reference::Around view = reference::around(in[0].shape, at(node.get<std::int64_t>("axis")));
  reference::visit_floating(in[0].dtype, [&]<class T>() {
    auto parameter = [&](std::size_t input, std::int64_t channel) {
      return reference::load(in[input].as<T>()[channel]);
    };
    const T* x = in[0].as<T>();
    T* y = out[0].as<T>();
    for (std::int64_t i = 0, n = in[0].elements(); i < n; ++i) {
      const std::int64_t c = i / view.after % view.length;
      const double scale = parameter(3, c) / std::sqrt(parameter(2, c) + epsilon);
      y[i] = reference::store<T>((reference::load(x[i]) - parameter(1, c)) * scale + parameter(4, c));
    }
  });
}

constexpr Case layer_cases[] = {{"axes=[1], epsilon=0.001", "f32[3,8] f32[8] f32[8]"},
                                {"axes=[1,2], epsilon=0.001", "f64[2,3,4] f64[3,4] f64[3,4]"},
                                {"axes=[1], epsilon=1e-06", "f64[2,3,4] f64[3] f64[3]"},
                                {"axes=[2], epsilon=0.001", "f16[2,3,8] f16[8] f16[8]"}};
constexpr Case rms_cases[] = {{"axes=[1], epsilon=1e-06", "f32[3,8] f32[8]"},
                              {"axes=[0,2], epsilon=1e-06", "f64[2,3,4] f64[2,4]"},
                              {"axes=[1], epsilon=1e-06", "f16[2,8] f16[8]"}};
// The variance must be positive: ε makes it so for all that tests draw.
constexpr Case batch_cases[] = {{"axis=3, epsilon=3.0", "f32[2,3,4,5] f32[5] f32[5] f32[5] f32[5]"},
                                {"axis=1, epsilon=3.0", "f64[2,3,4] f64[3] f64[3] f64[3] f64[3]"},
                                {"axis=1, epsilon=3.0", "f16[2,8] f16[8] f16[8] f16[8] f16[8]"}};

constexpr OpDef ops[] = {
    {"layer_norm",
     axes_attributes,
     infer_statistics<3>,
     {gradient_of_decomposition},
     decompose_layer_norm,
     evaluate_statistics<true>,
     layer_cases},
    {"rms_norm",
     axes_attributes,
     infer_statistics<2>,
     {gradient_of_decomposition},
     decompose_rms_norm,
     evaluate_statistics<false>,
     rms_cases},
    {"batch_norm",
     batch_attributes,
     infer_batch,
     {gradient_of_decomposition},
     decompose_batch_norm,
     evaluate_batch_norm,
     batch_cases},
};

}  // namespace
extern const OpFamily ops_norm{ops};
}  // namespace keratin
