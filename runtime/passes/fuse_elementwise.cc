// Element-wise ops that feed one another become one fused_elementwise, so that what lies between them never
// goes to memory; what is a result of the graph, too, becomes one more result. A batch_norm left alone takes
// part by its decomposition.
#include <algorithm>
#include <unordered_map>

#include "runtime/ir/build.h"
#include "runtime/ir/op.h"
#include "runtime/ir/rewrite.h"
#include "runtime/passes/pass.h"

namespace keratin::passes {
namespace {

using ir::Node;
using ir::Value;

constexpr std::size_t most_operands = 16;  // of one fused node: each is a tile in the L1 cache
constexpr std::size_t most_nodes = 64;

ir::Graph expand_norms(const ir::Graph& graph) {
  return ir::rewrite(graph, [](ir::Graph& to, const Node& node, const ir::Values& inputs) {
    if (!ir::is(node, "batch_norm") || node.in(0).dtype != DType::float32) return ir::Values();
    return node.op->decompose(to, node, inputs);
  });
}

bool is_plain(const ir::Type& type) { return type.dtype == DType::float32 || type.dtype == DType::boolean; }
bool fuses(const Node& node) {
  if (!node.op->elementwise || !node.regions.empty() || !is_plain(node.results[0])) return false;
  for (const Value& value : node.inputs)
    if (!is_plain(value.type())) return false;
  return true;
}
bool is_scalar_constant(const Node& node) {
  return ir::is(node, "constant") && node.results[0].rank() == 0 && is_plain(node.results[0]);
}

// Whether a value depends on inputs: what doesn't is computed once and must not be drawn into every run.
std::vector<char> depends_on_inputs(const ir::Graph& graph) {
  std::vector<char> depends(graph.nodes.size());
  std::vector<char> changed(graph.variables.size());
  for (const ir::Update& update : graph.updates) changed[update.variable] = 1;
  for (const auto& node : graph.nodes) {
    bool does = ir::is(*node, "input");
    if (ir::is(*node, "variable"))
      does = changed[static_cast<std::size_t>(node->get<std::int64_t>("index"))] != 0;
    for (const Value& value : node->inputs) does |= depends[value.node->id] != 0;
    depends[node->id] = does;
  }
  return depends;
}

// The fused node that each node belongs to, by the id of its last node; -1: none.
class Groups {
 public:
  explicit Groups(const ir::Graph& graph) : group_(graph.nodes.size(), -1), size_(graph.nodes.size()) {
    const std::vector<char> live = ir::live_nodes(graph), depends = depends_on_inputs(graph);
    users_.resize(graph.nodes.size());
    for (const auto& node : graph.nodes)
      if (live[node->id])
        for (const Value& value : node->inputs) users_[value.node->id].push_back(node.get());
    for (const ir::Output& output : graph.outputs) users_[output.value.node->id].push_back(nullptr);
    for (const ir::Update& update : graph.updates) users_[update.value.node->id].push_back(nullptr);
    for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node)
      if (live[(*node)->id] && depends[(*node)->id] && fuses(**node)) place(**node);
  }
  std::int64_t of(const Node& node) const { return group_[node.id]; }
  // Whether a node inside of a group is a result of the graph.
  bool is_result(const Node& node) const {
    return std::find(users_[node.id].begin(), users_[node.id].end(), nullptr) != users_[node.id].end();
  }
  // Nodes in the group whose last node this is.
  std::size_t size(const Node& last) const { return size_[last.id]; }

 private:
  // Joins the group of the nodes that use it when that is one and has the same shape, else starts its own.
  void place(const Node& node) {
    const std::vector<const Node*>& users = users_[node.id];
    std::int64_t group = users.empty() || !users[0] ? -1 : group_[users[0]->id];
    for (const Node* user : users)
      if (user && (group_[user->id] != group || !(user->results[0].shape == node.results[0].shape)))
        group = -1;
    if (group >= 0 && size_[static_cast<std::size_t>(group)] >= most_nodes) group = -1;
    if (group < 0) group = static_cast<std::int64_t>(node.id);
    group_[node.id] = group;
    ++size_[static_cast<std::size_t>(group)];
  }

  std::vector<std::int64_t> group_;
  std::vector<std::size_t> size_;
  std::vector<std::vector<const Node*>> users_;
};

using Members = std::vector<std::pair<const Node*, ir::Values>>;

// One fused node out of the group's nodes (in order) and their inputs in the new graph: the results of the
// last one and of those in also.
ir::Values build(ir::Graph& to, const Members& members,
                 const std::unordered_map<const Node*, std::size_t>& place,
                 const std::vector<std::size_t>& also) {
  ir::Graph region;
  ir::Values inputs, made(members.size());
  std::vector<Value> seen;  // region inputs, by inputs
  auto outside = [&](const Value& value) {
    if (is_scalar_constant(*value.node)) return region.clone(*value.node, {}).out();
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (inputs[i] == value) return seen[i];
    inputs.push_back(value);
    seen.push_back(region.input("x" + std::to_string(inputs.size() - 1), value.type()));
    return seen.back();
  };
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto& [node, mapped] = members[i];
    ir::Values inner;
    for (std::size_t k = 0; k < mapped.size(); ++k) {
      const auto found = place.find(node->inputs[k].node);
      inner.push_back(found != place.end() ? made[found->second] : outside(mapped[k]));
    }
    made[i] = region.clone(*node, std::move(inner)).out();
  }
  if (inputs.size() > most_operands) return {};
  region.output("y", made.back());
  for (std::size_t i : also) region.output("y", made[i]);
  std::vector<ir::Graph> regions;
  regions.push_back(std::move(region));
  Node& fused = to.add_node("fused_elementwise", std::move(inputs), {}, std::move(regions));
  ir::Values results;
  for (std::uint32_t i = 0; i < fused.results.size(); ++i) results.push_back(fused.out(i));
  return results;
}

}  // namespace

ir::Graph fuse_elementwise(const ir::Graph& original) {
  const ir::Graph graph = expand_norms(original);
  const Groups groups(graph);
  std::unordered_map<std::int64_t, Members> members;
  std::unordered_map<const Node*, Value> also_made;  // results of fused nodes besides the last ones'
  ir::Graph made = ir::rewrite(graph, [&](ir::Graph& to, const Node& node, const ir::Values& inputs) {
    const std::int64_t group = groups.of(node);
    if (group < 0) return ir::Values();
    Members& list = members[group];
    list.emplace_back(&node, inputs);
    if (group != static_cast<std::int64_t>(node.id) || list.size() == 1) return ir::Values();
    std::unordered_map<const Node*, std::size_t> place;
    std::vector<std::size_t> also;
    for (std::size_t i = 0; i < list.size(); ++i) {
      place.emplace(list[i].first, i);
      if (i + 1 < list.size() && groups.is_result(*list[i].first)) also.push_back(i);
    }
    const ir::Values fused = build(to, list, place, also);
    for (std::size_t i = 0; i < also.size() && !fused.empty(); ++i)
      also_made.emplace(list[also[i]].first, fused[i + 1]);
    return fused.empty() ? ir::Values() : ir::Values{fused[0]};
  });
  for (std::size_t i = 0; i < graph.outputs.size(); ++i)
    if (const auto found = also_made.find(graph.outputs[i].value.node); found != also_made.end())
      made.outputs[i].value = found->second;
  for (std::size_t i = 0; i < graph.updates.size(); ++i)
    if (const auto found = also_made.find(graph.updates[i].value.node); found != also_made.end())
      made.updates[i].value = found->second;
  return ir::without_dead_code(made);
}

}  // namespace keratin::passes
