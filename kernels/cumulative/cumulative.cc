// Running sums and products along an axis, and logsumexp.
#include "kernels/math/reference.h"
#include "runtime/ir/build_nn.h"
#include "runtime/ir/op.h"

namespace keratin {
namespace {

using namespace ir;

constexpr AttributeDef running_attributes[] = {{"axis", AttributeKind::integer},
                                               {"exclusive", AttributeKind::boolean, "false"},
                                               {"reverse", AttributeKind::boolean, "false"}};
constexpr AttributeDef reduce_attributes[] = {{"axes", AttributeKind::ints},
                                              {"keep", AttributeKind::boolean, "false"}};

std::vector<Type> infer_running(const Node& node) {
  op_check_inputs(node, 1);
  reference::check_axis(node, node.get<std::int64_t>("axis"), node.in(0));
  op_check(node.in(0).dtype != DType::boolean && node.in(0).dtype != DType::string, node,
           "wants numbers, not ", name_of(node.in(0).dtype));
  return {node.in(0)};
}

Running opposite(const Node& node) { return {node.get<bool>("exclusive"), !node.get<bool>("reverse")}; }

Gradients cumsum_gradient(Node& node, std::span<const Value> dy) {
  if (!is_floating(node.in(0).dtype)) return {{Value{}}, {}};
  return {{cumsum(dy[0], node.get<std::int64_t>("axis"), opposite(node))}, {}};
}
// As TensorFlow: nothing flows to factors that are zero.
Gradients cumprod_gradient(Node& node, std::span<const Value> dy) {
  if (!is_floating(node.in(0).dtype)) return {{Value{}}, {}};
  const Value flow = cumsum(dy[0] * node.out(), node.get<std::int64_t>("axis"), opposite(node));
  return {{binary("divide_no_nan", flow, node.inputs[0])}, {}};
}

template <bool product>
void evaluate_running(const Node& node, std::span<const HostView> in, std::span<const HostView> out) {
  const bool exclusive = node.get<bool>("exclusive"), reverse = node.get<bool>("reverse");
  const reference::Around view =
      reference::around(in[0].shape, static_cast<std::size_t>(node.get<std::int64_t>("axis")));
  reference::visit_numeric(in[0].dtype, [&]<class T>() {
    using A = reference::accumulate_t<T>;
    for (std::int64_t line = 0; line < view.before * view.after; ++line) {
      const std::int64_t base = line / view.after * view.length * view.after + line % view.after;
      A running = product ? A(1) : A(0);
      for (std::int64_t i = 0; i < view.length; ++i) {
        const std::int64_t place = base + (reverse ? view.length - 1 - i : i) * view.after;
        const A value = reference::load(in[0].as<T>()[place]);
        const A next = static_cast<A>(product ? running * value : running + value);
        out[0].as<T>()[place] = reference::store<T>(exclusive ? running : next);
        running = next;
      }
    }
  });
}

std::vector<Type> infer_logsumexp(const Node& node) {
  op_check_inputs(node, 1);
  reference::check_floating(node);
  const Ints& axes = node.get<Ints>("axes");
  Type y{node.in(0).dtype, {}};
  for (std::int64_t axis : axes) reference::check_axis(node, axis, node.in(0));
  for (std::size_t i = 0; i < node.in(0).rank(); ++i) {
    if (!reference::holds(axes, i))
      y.shape.push_back(node.in(0).shape[i]);
    else if (node.get<bool>("keep"))
      y.shape.push_back(Dim(1));
  }
  return {y};
}

Value kept(const Node& node, Value y) {
  Dims shape = node.in(0).shape;
  for (std::int64_t axis : node.get<Ints>("axes")) shape[static_cast<std::size_t>(axis)] = Dim(1);
  return reshape(y, std::move(shape));
}

Gradients logsumexp_gradient(Node& node, std::span<const Value> dy) {
  return {{kept(node, dy[0]) * exp(node.inputs[0] - kept(node, node.out()))}, {}};
}

// The largest is taken out; where it is infinite nothing is, so that the result is infinite, too.
Values decompose_logsumexp(Graph&, const Node& node, const Values& inputs) {
  const bool narrow = size_of(inputs[0].dtype()) == 2;
  const Value x = narrow ? cast(inputs[0], DType::float32) : inputs[0];
  const Ints& axes = node.get<Ints>("axes");
  const Value top = reduce("reduce_max", x, axes, Keep::yes);
  const Value shift = select(unary("is_finite", top), top, constant_like(top, 0));
  const Value y = log(sum(exp(x - shift), axes, Keep::yes)) + shift;
  return {cast(reshape(y, node.results[0].shape), inputs[0].dtype())};
}

constexpr Case running_cases[] = {{"axis=1", "f32[2,5]"},
                                  {"axis=0, exclusive=true", "f64[4,3]"},
                                  {"axis=1, reverse=true", "f64[2,4,3]"},
                                  {"axis=0, exclusive=true, reverse=true", "f64[5]"},
                                  {"axis=0", "i32[5]"},
                                  {"axis=1", "f16[2,8]"}};
constexpr Case logsumexp_cases[] = {{"axes=[1]", "f32[2,5]"},
                                    {"axes=[0,2], keep=true", "f64[2,3,4]"},
                                    {"axes=[0]", "f64[7]"},
                                    {"axes=[1]", "f16[2,8]"}};

constexpr OpDef ops[] = {
    {"cumsum",
     running_attributes,
     infer_running,
     {cumsum_gradient},
     nullptr,
     evaluate_running<false>,
     running_cases},
    {"cumprod",
     running_attributes,
     infer_running,
     {cumprod_gradient},
     nullptr,
     evaluate_running<true>,
     running_cases},
    {"logsumexp",
     reduce_attributes,
     infer_logsumexp,
     {logsumexp_gradient},
     decompose_logsumexp,
     nullptr,
     logsumexp_cases},
};

}  // namespace
extern const OpFamily ops_cumulative{ops};
}  // namespace keratin
