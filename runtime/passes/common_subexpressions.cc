// Merges nodes that compute the same: same op, inputs and attributes, no regions.
#include <unordered_map>

#include "runtime/ir/op.h"
#include "runtime/ir/rewrite.h"
#include "runtime/passes/pass.h"

namespace keratin::passes {
namespace {

std::size_t hash(const ir::Node& node, const ir::Values& inputs) {
  std::size_t h = std::hash<const void*>()(node.op);
  for (const ir::Value& value : inputs) h = h * 31 + value.node->id * 7 + value.result;
  return h;
}

bool same(const ir::Node& a, const ir::Node& b, const ir::Values& inputs) {
  if (a.op != b.op || a.inputs != inputs || !a.regions.empty() || !b.regions.empty()) return false;
  for (std::size_t i = 0; i < a.attributes.size(); ++i)
    if (!ir::equal(a.attributes[i], b.attributes[i])) return false;
  return true;
}

}  // namespace

ir::Graph common_subexpressions(const ir::Graph& graph) {
  std::unordered_multimap<std::size_t, ir::Node*> seen;
  return ir::rewrite(graph, [&](ir::Graph& to, const ir::Node& node, const ir::Values& inputs) {
    ir::Values results;
    if (ir::is(node, "input") || !node.regions.empty()) return results;
    const std::size_t key = hash(node, inputs);
    auto [begin, end] = seen.equal_range(key);
    ir::Node* found = nullptr;
    for (auto it = begin; it != end && !found; ++it)
      if (same(*it->second, node, inputs)) found = it->second;
    if (!found) seen.emplace(key, found = &to.clone(node, inputs));
    for (std::uint32_t i = 0; i < found->results.size(); ++i) results.push_back(found->out(i));
    return results;
  });
}

}  // namespace keratin::passes
