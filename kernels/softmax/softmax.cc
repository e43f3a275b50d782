// softmax and log_softmax over one axis or several.
#include <cmath>

#include "kernels/math/reference.h"
#include "runtime/ir/build_nn.h"
#include "runtime/ir/op.h"

namespace keratin {
namespace {

using namespace ir;

constexpr AttributeDef attributes[] = {{"axis", AttributeKind::ints}};

std::vector<Type> infer(const Node& node) {
  op_check_inputs(node, 1);
  reference::check_floating(node);
  for (std::int64_t axis : node.get<Ints>("axis")) reference::check_axis(node, axis, node.in(0));
  return {node.in(0)};
}

// dx = (dy - sum(dy y)) y
Gradients softmax_gradient(Node& node, std::span<const Value> dy) {
  const Value y = node.out();
  return {{(dy[0] - sum(dy[0] * y, node.get<Ints>("axis"), Keep::yes)) * y}, {}};
}
// dx = dy - sum(dy) softmax(x)
Gradients log_softmax_gradient(Node& node, std::span<const Value> dy) {
  return {{dy[0] - sum(dy[0], node.get<Ints>("axis"), Keep::yes) * exp(node.out())}, {}};
}

// 16-bit floats are computed in float32.
Value widened(Value x) { return size_of(x.dtype()) == 2 ? cast(x, DType::float32) : x; }

Values decompose_softmax(Graph&, const Node& node, const Values& inputs) {
  const Ints& axes = node.get<Ints>("axis");
  const Value x = widened(inputs[0]);
  const Value e = exp(x - reduce("reduce_max", x, axes, Keep::yes));
  return {cast(e / sum(e, axes, Keep::yes), inputs[0].dtype())};
}
Values decompose_log_softmax(Graph&, const Node& node, const Values& inputs) {
  const Ints& axes = node.get<Ints>("axis");
  const Value x = widened(inputs[0]);
  const Value shifted = x - reduce("reduce_max", x, axes, Keep::yes);
  return {cast(shifted - log(sum(exp(shifted), axes, Keep::yes)), inputs[0].dtype())};
}

template <bool logarithm>
void evaluate(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const Ints& axes = node.get<Ints>("axis");
  const auto groups = reference::offsets(in[0].shape, reference::other_axes(in[0].shape.size(), axes));
  const auto members = reference::offsets(in[0].shape, axes);
  reference::visit_floating(in[0].dtype, [&]<class T>() {
    for (std::int64_t group : groups) {
      const T* x = in[0].as<T>() + group;
      T* y = out[0].as<T>() + group;
      double top = -std::numeric_limits<double>::infinity(), sum = 0;
      for (std::int64_t i : members) top = std::fmax(top, reference::load(x[i]));
      for (std::int64_t i : members) sum += std::exp(reference::load(x[i]) - top);
      for (std::int64_t i : members) {
        const double shifted = reference::load(x[i]) - top;
        y[i] = reference::store<T>(logarithm ? shifted - std::log(sum) : std::exp(shifted) / sum);
      }
    }
  });
}

constexpr Case cases[] = {{"axis=[1]", "f32[2,5]"},
                          {"axis=[0]", "f64[4,3]"},
                          {"axis=[1,2]", "f64[2,3,4]"},
                          {"axis=[2]", "f16[2,3,8]"},
                          {"axis=[0]", "f64[6]"}};

constexpr OpDef ops[] = {
    {"softmax", attributes, infer, {softmax_gradient}, decompose_softmax, evaluate<false>, cases},
    {"log_softmax", attributes, infer, {log_softmax_gradient}, decompose_log_softmax, evaluate<true>, cases},
};

}  // namespace
extern const OpFamily ops_softmax{ops};
}  // namespace keratin
