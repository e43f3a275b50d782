// What follows a convolution or a dot and can be done while its results are at hand goes into its epilogue:
// batch_norm, a bias or scale per channel, adding a tensor, element-wise ops of one operand. What is made of
// parameters alone (the scale of a batch_norm) is computed once, before the first run.
#include <algorithm>
#include <optional>
#include <unordered_map>

#include "runtime/ir/build.h"
#include "runtime/ir/op.h"
#include "runtime/ir/rewrite.h"
#include "runtime/passes/pass.h"

namespace keratin::passes {
namespace {

using ir::Node;
using ir::Value;

// How often each value is used, by its node's id.
std::vector<int> count_uses(const ir::Graph& graph) {
  std::vector<int> uses(graph.nodes.size());
  const std::vector<char> live = ir::live_nodes(graph);
  for (const auto& node : graph.nodes)
    if (live[node->id])
      for (const Value& value : node->inputs) ++uses[value.node->id];
  for (const ir::Output& output : graph.outputs) ++uses[output.value.node->id];
  for (const ir::Update& update : graph.updates) ++uses[update.value.node->id];
  return uses;
}

// The only user of each node that has just one, else null.
std::vector<const Node*> single_users(const ir::Graph& graph) {
  const std::vector<int> uses = count_uses(graph);
  std::vector<const Node*> users(graph.nodes.size());
  for (const auto& node : graph.nodes)
    for (const Value& value : node->inputs)
      if (uses[value.node->id] == 1) users[value.node->id] = node.get();
  return users;
}

bool starts(const Node& node) {
  if (node.results[0].dtype != DType::float32 || node.results[0].rank() < 2) return false;
  if (ir::is(node, "convolution")) return true;
  if (!ir::is(node, "dot_general") || !node.get<ir::Ints>("batch_b").empty()) return false;
  return node.in(1).rank() == node.get<ir::Ints>("contract_b").size() + 1;  // one axis of columns
}

// Holds one number per channel (or one for all), whatever its rank.
bool is_per_channel(const ir::Type& type, const ir::Type& result) {
  if (type.rank() > result.rank() || type.rank() == 0) return false;
  for (std::size_t i = 0; i + 1 < type.rank(); ++i)
    if (!(type.shape[i] == ir::Dim(1))) return false;
  return type.shape.back() == result.shape.back();
}

bool is_scalar_constant(const Value& value) {
  return ir::is(*value.node, "constant") && value.node->get<Tensor>("value").elements() == 1 &&
         value.rank() == 0;
}

enum class Kind { batch_norm, scale, shift, add, elementwise };
struct Link {
  const Node* node;
  std::size_t operand;  // where the chain comes in
  Kind kind;
};

// What node is to a chain that comes in by operand, whose value has type.
std::optional<Kind> kind_of(const Node& node, std::size_t operand, const ir::Type& type) {
  if (node.results.size() != 1 || !(node.results[0] == type)) return {};
  if (ir::is(node, "batch_norm") && operand == 0 &&
      node.get<std::int64_t>("axis") + 1 == static_cast<std::int64_t>(type.rank()))
    return Kind::batch_norm;
  if (!node.op->elementwise) return {};
  if (node.inputs.size() == 2) {
    const Value other = node.inputs[1 - operand];
    const bool adds = ir::is(node, "add");
    if (adds && is_per_channel(other.type(), type)) return Kind::shift;
    if (ir::is(node, "multiply") && is_per_channel(other.type(), type)) return Kind::scale;
    if (adds && other.type() == type) return Kind::add;
  }
  for (std::size_t i = 0; i < node.inputs.size(); ++i)
    if (i != operand && !is_scalar_constant(node.inputs[i])) return {};
  return Kind::elementwise;
}

// The order in which an epilogue can take things: scales and shifts, one tensor, element-wise ops.
bool follows(Kind kind, const std::vector<Link>& chain) {
  auto has = [&](Kind k) {
    return std::any_of(chain.begin(), chain.end(), [&](const Link& link) { return link.kind == k; });
  };
  if (kind == Kind::elementwise) return true;
  if (has(Kind::elementwise)) return false;
  return !has(Kind::add);
}

std::vector<Link> chain_from(const Node& start, const std::vector<const Node*>& users,
                             const std::vector<char>& taken) {
  std::vector<Link> chain;
  for (const Node* node = &start; const Node* user = users[node->id]; node = user) {
    const auto at = std::find(user->inputs.begin(), user->inputs.end(), Value{const_cast<Node*>(node), 0});
    const auto operand = static_cast<std::size_t>(at - user->inputs.begin());
    const std::optional<Kind> kind = kind_of(*user, operand, start.results[0]);
    if (!kind || taken[user->id] || !follows(*kind, chain)) break;
    chain.push_back({user, operand, *kind});
  }
  return chain;
}

struct Fusion {
  const Node* start;
  std::vector<Link> chain;
};

// Builds one fused node. copies: the chain's nodes as they were copied into the new graph, whose inputs are
// at hand already.
class Builder {
 public:
  Builder(ir::Graph& to, const Fusion& fusion) : to_(to), fusion_(fusion) {}

  Value build(const std::vector<ir::Values>& inputs_of_links, const ir::Values& start_inputs) {
    for (std::size_t i = 0; i < fusion_.chain.size(); ++i) take(fusion_.chain[i], inputs_of_links[i]);
    const Node& start = *fusion_.start;
    ir::NamedAttributes attributes;
    for (std::size_t i = 0; i < start.attributes.size(); ++i)
      attributes.emplace_back(start.op->attributes[i].name, start.attributes[i]);
    attributes.emplace_back("scale", bool(scale_));
    attributes.emplace_back("shift", bool(shift_));
    attributes.emplace_back("add", bool(add_));
    ir::Values inputs = start_inputs;
    for (const Value& part : {scale_, shift_, add_})
      if (part) inputs.push_back(part);
    std::vector<ir::Graph> regions;
    if (last_) {
      region_.output("y", last_);
      regions.push_back(std::move(region_));
    }
    return to_.add(std::string(start.op->name) + "_epilogue", std::move(inputs), std::move(attributes),
                   std::move(regions));
  }

 private:
  Value channels(Value value) { return ir::reshape(value, {value.shape().back()}); }

  void scale_by(Value scale) {
    scale_ = scale_ ? scale_ * scale : scale;
    if (shift_) shift_ = shift_ * scale;
  }
  void shift_by(Value shift) { shift_ = shift_ ? shift_ + shift : shift; }

  void take(const Link& link, const ir::Values& inputs) {
    const Value other = inputs.size() == 2 ? inputs[1 - link.operand] : Value{};
    switch (link.kind) {
      case Kind::batch_norm: {
        const Value scale = inputs[3] * ir::rsqrt(inputs[2] + link.node->get<double>("epsilon"));
        scale_by(scale);
        shift_by(inputs[4] - inputs[1] * scale);
        return;
      }
      case Kind::scale:
        return scale_by(channels(other));
      case Kind::shift:
        return shift_by(channels(other));
      case Kind::add:
        add_ = other;
        return;
      case Kind::elementwise:
        return extend(link, inputs);
    }
  }

  void extend(const Link& link, const ir::Values& inputs) {
    if (!last_) last_ = region_.input("x", link.node->results[0]);
    ir::Values inner;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      inner.push_back(i == link.operand ? last_ : region_.clone(*inputs[i].node, {}).out());
    last_ = region_.clone(*link.node, std::move(inner)).out();
  }

  ir::Graph& to_;
  const Fusion& fusion_;
  Value scale_, shift_, add_, last_;
  ir::Graph region_;
};

}  // namespace

ir::Graph fuse_epilogue(const ir::Graph& graph) {
  const std::vector<const Node*> users = single_users(graph);
  std::vector<char> taken(graph.nodes.size());
  std::unordered_map<const Node*, Fusion> by_end;
  // from the end: of two that meet in an addition, the later one takes it, and needs the other's memory only
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    if ((*node)->results.empty() || !starts(**node)) continue;
    std::vector<Link> chain = chain_from(**node, users, taken);
    if (chain.empty()) continue;
    for (const Link& link : chain) taken[link.node->id] = 1;
    const Node* end = chain.back().node;
    by_end.emplace(end, Fusion{node->get(), std::move(chain)});
  }
  std::unordered_map<const Node*, ir::Values> inputs_of;  // in the new graph, of chains' nodes
  std::vector<char> inside(graph.nodes.size());
  for (const auto& [end, fusion] : by_end) {
    inside[fusion.start->id] = 1;
    for (const Link& link : fusion.chain) inside[link.node->id] = 1;
  }
  return ir::without_dead_code(
      ir::rewrite(graph, [&](ir::Graph& to, const Node& node, const ir::Values& inputs) {
        if (inside[node.id]) inputs_of[&node] = inputs;
        const auto found = by_end.find(&node);
        if (found == by_end.end()) return ir::Values();
        std::vector<ir::Values> links;
        for (const Link& link : found->second.chain) links.push_back(inputs_of.at(link.node));
        return ir::Values{Builder(to, found->second).build(links, inputs_of.at(found->second.start))};
      }));
}

}  // namespace keratin::passes
