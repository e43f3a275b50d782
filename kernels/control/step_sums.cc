#include "kernels/control/step_sums.h"

#include "runtime/ir/build.h"

namespace keratin::control {

using namespace ir;

namespace {

// Linear, and blind to how many steps were summed.
bool passes_through(const Node& node) { return is(node, "transpose") || is(node, "reshape"); }
bool adds(const Node& node) { return is(node, "add") && node.in(0) == node.in(1); }

bool collect(Value value, Values& stacked) {
  const Node& node = *value.node;
  if (passes_through(node)) return collect(node.inputs[0], stacked);
  if (adds(node)) return collect(node.inputs[0], stacked) && collect(node.inputs[1], stacked);
  if (!is(node, "dot_general") && !is(node, "reduce_sum")) return false;
  stacked.insert(stacked.end(), node.inputs.begin(), node.inputs.end());
  return true;
}

// Axes of a step in the stacked value.
Ints behind_time(Ints axes) {
  for (std::int64_t& axis : axes) ++axis;
  return axes;
}
Ints and_time(const Ints& axes) {
  Ints all = behind_time(axes);
  all.insert(all.begin(), 0);
  return all;
}

}  // namespace

Values stacked_for_sum(Value value) {
  Values stacked;
  return collect(value, stacked) ? stacked : Values();
}

Value sum_of_steps(Graph& outer, Value value, const std::function<Value(Value)>& stack) {
  const Node& node = *value.node;
  if (passes_through(node) || adds(node)) {
    Values inputs;
    for (const Value& input : node.inputs) inputs.push_back(sum_of_steps(outer, input, stack));
    return outer.clone(node, std::move(inputs)).out();
  }
  if (is(node, "dot_general"))
    return dot_general(stack(node.inputs[0]), stack(node.inputs[1]),
                       {and_time(node.get<Ints>("contract_a")), and_time(node.get<Ints>("contract_b")),
                        behind_time(node.get<Ints>("batch_a")), behind_time(node.get<Ints>("batch_b"))});
  const Value total = sum(stack(node.inputs[0]), and_time(node.get<Ints>("axes")));
  return node.get<bool>("keep") ? reshape(total, value.shape()) : total;
}

}  // namespace keratin::control
