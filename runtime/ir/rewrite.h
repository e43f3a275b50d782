// The frame of every pass: copies what a graph's outputs and updates need, node by node, with replacements.
#pragma once

#include <functional>

#include "runtime/ir/graph.h"

namespace keratin::ir {

// Gets a node and its already copied inputs; returns the values that stand for its results, or nothing to
// copy it.
using Rewrite = std::function<Values(Graph& to, const Node& node, const Values& inputs)>;

// Inputs, variables and names stay; nodes that nothing needs are dropped.
Graph rewrite(const Graph& from, const Rewrite& replace);
inline Graph without_dead_code(const Graph& from) {
  return rewrite(from, [](Graph&, const Node&, const Values&) { return Values(); });
}

// Symbols replaced by numbers in all types, attributes and regions. Symbols that values lacks stay.
Graph specialise(const Graph& from, const Symbols& values);

// Per node: some output or update needs it.
std::vector<char> live_nodes(const Graph& graph);

}  // namespace keratin::ir
