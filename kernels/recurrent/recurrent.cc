// lstm and gru: the recurrent part of these layers over all steps, after the input's projection. Composites
// of scan; the kernels keep a step in registers and cache.
#include "runtime/ir/build_nn.h"
#include "runtime/ir/decomposed.h"
#include "runtime/ir/op.h"

namespace keratin {
namespace {

using namespace ir;

constexpr AttributeDef attributes[] = {{"reverse", AttributeKind::boolean, "false"}};

// x (T, B, gates·u), states (B, u), w (u, gates·u), [bias (gates·u)], and last, if it is there, a mask (T,
// B).
struct Parts {
  std::size_t states, gates;
  bool bias;
  std::size_t weight() const { return 1 + states; }
  std::size_t mask() const { return weight() + 1 + bias; }
};
constexpr Parts lstm_parts = {2, 4, false}, gru_parts = {1, 3, true};

std::vector<Type> infer(const Node& node, const Parts& parts) {
  op_check(node.inputs.size() == parts.mask() || node.inputs.size() == parts.mask() + 1, node,
           node.inputs.size(), " inputs given, expected ", parts.mask(), " or one more");
  op_check(is_floating(node.in(0).dtype), node, "wants floating-point numbers, got ", to_string(node.in(0)));
  const Type &x = node.in(0), &h = node.in(1);
  op_check(x.rank() == 3 && h.rank() == 2, node, "wants x (time, batch, gates) and h (batch, units), got ",
           to_string(x), " and ", to_string(h));
  const Dim units = h.shape[1], gates = units * static_cast<std::int64_t>(parts.gates);
  op_check(x.shape[1] == h.shape[0] && x.shape[2] == gates, node, "x ", to_string(x), " doesn't fit h ",
           to_string(h));
  for (std::size_t i = 1; i <= parts.states; ++i)
    op_check(node.in(i) == Type{x.dtype, h.shape}, node, "state ", i, " is ", to_string(node.in(i)));
  op_check(node.in(parts.weight()) == Type{x.dtype, {units, gates}}, node, "the kernel is ",
           to_string(node.in(parts.weight())));
  if (parts.bias)
    op_check(node.in(parts.weight() + 1) == Type{x.dtype, {gates}}, node, "the bias is ",
             to_string(node.in(parts.weight() + 1)));
  if (node.inputs.size() > parts.mask())
    op_check(node.in(parts.mask()) == Type{DType::boolean, {x.shape[0], x.shape[1]}}, node, "the mask is ",
             to_string(node.in(parts.mask())));
  std::vector<Type> results = {{x.dtype, {x.shape[0], x.shape[1], units}}};
  results.insert(results.end(), parts.states, Type{x.dtype, h.shape});
  return results;
}
std::vector<Type> infer_lstm(const Node& node) { return infer(node, lstm_parts); }
std::vector<Type> infer_gru(const Node& node) { return infer(node, gru_parts); }

Value gate(Value x, std::int64_t i, std::int64_t count) {
  const Dim units = *exact_div(x.shape().back(), Dim(count));
  return slice_axis(x, -1, units * i, units * (i + 1));
}
Value sigmoid(Value x) { return unary("sigmoid", x); }

// New states of one step.
Values lstm_step(Value x, const Values& states, const Values& weights) {
  const Value z = x + dot(states[0], weights[0]);
  const Value c = sigmoid(gate(z, 1, 4)) * states[1] + sigmoid(gate(z, 0, 4)) * tanh(gate(z, 2, 4));
  return {sigmoid(gate(z, 3, 4)) * tanh(c), c};
}
Values gru_step(Value x, const Values& states, const Values& weights) {
  const Value inner = dot(states[0], weights[0]) + weights[1];
  const Value update = sigmoid(gate(x, 0, 3) + gate(inner, 0, 3));
  const Value reset = sigmoid(gate(x, 1, 3) + gate(inner, 1, 3));
  const Value candidate = tanh(gate(x, 2, 3) + reset * gate(inner, 2, 3));
  return {update * states[0] + (1 - update) * candidate};
}

using StepFunction = Values (*)(Value x, const Values& states, const Values& weights);

Values decompose(Graph& graph, const Node& node, const Values& inputs, const Parts& parts,
                 StepFunction step) {
  const bool masked = inputs.size() > parts.mask();
  Graph region;
  Values states, given;
  for (std::size_t i = 0; i < parts.states; ++i) {
    states.push_back(region.input("state", inputs[1 + i].type()));
    given.push_back(inputs[1 + i]);
  }
  const Dims &x_shape = inputs[0].shape(), length = {x_shape[0]};
  const Value x = region.input("x", {inputs[0].dtype(), {x_shape[1], x_shape[2]}});
  given.push_back(inputs[0]);
  Value seen;
  if (masked) {
    seen = expand_dims(region.input("mask", {DType::boolean, {x_shape[1]}}), 1);
    given.push_back(inputs[parts.mask()]);
  }
  Values weights;
  for (std::size_t i = parts.weight(); i < parts.mask(); ++i) {
    weights.push_back(region.input("w", inputs[i].type()));
    given.push_back(inputs[i]);
  }
  Values made = step(x, states, weights);
  for (std::size_t i = 0; masked && i < made.size(); ++i) made[i] = select(seen, made[i], states[i]);
  for (const Value& state : made) region.output("state", state);
  region.output("y", made[0]);
  std::vector<Graph> regions;
  regions.push_back(std::move(region));
  Node& scan = graph.add_node("scan", std::move(given),
                              {{"carries", static_cast<std::int64_t>(parts.states)},
                               {"xs", std::int64_t(masked ? 2 : 1)},
                               {"length", length},
                               {"reverse", node.get<bool>("reverse")}},
                              std::move(regions));
  const auto count = static_cast<std::uint32_t>(parts.states);
  Values results = {scan.out(count)};
  for (std::uint32_t i = 0; i < count; ++i) results.push_back(scan.out(i));
  return results;
}
Values decompose_lstm(Graph& graph, const Node& node, const Values& inputs) {
  return decompose(graph, node, inputs, lstm_parts, lstm_step);
}
Values decompose_gru(Graph& graph, const Node& node, const Values& inputs) {
  return decompose(graph, node, inputs, gru_parts, gru_step);
}

constexpr Case lstm_cases[] = {{"", "f64[3,2,8] f64[2,2] f64[2,2] f64[2,8]"},
                               {"reverse=true", "f64[3,2,8] f64[2,2] f64[2,2] f64[2,8] bool[3,2]"},
                               {"", "f32[5,1,76] f32[1,19] f32[1,19] f32[19,76]"},
                               {"", "f32[4,7,64] f32[7,16] f32[7,16] f32[16,64] bool[4,7]"},
                               {"", "f32[0,2,8] f32[2,2] f32[2,2] f32[2,8]"}};
constexpr Case gru_cases[] = {{"", "f64[3,2,6] f64[2,2] f64[2,6] f64[6]"},
                              {"reverse=true", "f64[3,2,6] f64[2,2] f64[2,6] f64[6] bool[3,2]"},
                              {"", "f32[5,1,57] f32[1,19] f32[19,57] f32[57]"},
                              {"", "f32[4,7,48] f32[7,16] f32[16,48] f32[48] bool[4,7]"},
                              {"", "f32[0,2,6] f32[2,2] f32[2,6] f32[6]"}};

// Results: the outputs of all steps (T, B, u), then the last states. At masked steps states and output stay.
constexpr OpDef ops[] = {
    {"lstm", attributes, infer_lstm, {gradient_of_decomposition}, decompose_lstm, nullptr, lstm_cases},
    {"gru", attributes, infer_gru, {gradient_of_decomposition}, decompose_gru, nullptr, gru_cases},
};

}  // namespace
extern const OpFamily ops_recurrent{ops};
}  // namespace keratin
