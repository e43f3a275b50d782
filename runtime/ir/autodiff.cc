#include <map>

#include "runtime/core/error.h"
#include "runtime/ir/build.h"
#include "runtime/ir/op.h"

namespace keratin::ir {
namespace {

using Key = std::pair<const Node*, std::uint32_t>;

// Nodes that depend on one of wrt: only these pass gradients on.
std::vector<char> reached(const Graph& graph, const Values& wrt) {
  std::vector<char> marks(graph.nodes.size());
  for (const Value& value : wrt) marks[value.node->id] = 1;
  for (const auto& node : graph.nodes)
    for (const Value& value : node->inputs) marks[node->id] |= marks[value.node->id];
  return marks;
}

}  // namespace

Values gradients(const Values& outputs, const Values& seeds, const Values& wrt) {
  check(!outputs.empty() && outputs.size() == seeds.size(), ErrorCode::invalid_argument,
        "gradients: one seed per output");
  Graph& graph = outputs[0].graph();
  const std::vector<char> marks = reached(graph, wrt);
  const std::size_t forward = graph.nodes.size();
  std::map<Key, Value> flow;
  auto accumulate = [&](Value of, Value more) {
    Value& sum = flow[{of.node, of.result}];
    sum = sum ? sum + more : more;
  };
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (seeds[i]) accumulate(outputs[i], seeds[i]);
  std::vector<std::pair<Value, Value>> twins;
  for (std::size_t i = forward; i-- > 0;) {
    Node& node = *graph.nodes[i];
    if (!marks[i] || node.inputs.empty()) continue;
    Values dy(node.results.size());
    bool any = false;
    for (std::uint32_t r = 0; r < dy.size(); ++r)
      if (auto found = flow.find({&node, r}); found != flow.end()) any |= bool(dy[r] = found->second);
    if (!any) continue;
    const Gradient& rule = node.op->gradient;
    if (!rule.build && rule.kind == NoGradient::zero) continue;
    check(rule.build != nullptr, ErrorCode::unsupported, node.label, node.label.empty() ? "" : ": ",
          "no gradient of ", node.op->name, ": ", rule.why_none ? rule.why_none : "none is defined");
    graph.label = node.label;
    Gradients result = rule.build(node, dy);
    for (std::uint32_t r = 0; r < result.replacements.size(); ++r)
      if (result.replacements[r]) twins.push_back({node.out(r), result.replacements[r]});
    for (std::size_t k = 0; k < node.inputs.size() && k < result.inputs.size(); ++k)
      if (result.inputs[k] && marks[node.inputs[k].node->id]) accumulate(node.inputs[k], result.inputs[k]);
  }
  graph.label.clear();
  Values found;
  for (const Value& value : wrt) found.push_back(flow[{value.node, value.result}]);
  for (auto& [from, to] : twins) {
    graph.replace_uses(from, to);
    for (Value& value : found)
      if (value == from) value = to;
  }
  if (!twins.empty()) graph.sort();
  return found;
}

Values gradients(Value loss, const Values& wrt) {
  return gradients(Values{loss}, Values{full(loss.graph(), loss.type(), 1)}, wrt);
}

}  // namespace keratin::ir
