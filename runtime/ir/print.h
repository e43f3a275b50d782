// The text form of graphs: prints and reads back. Used by dumps, pass tests and bug reports.
#pragma once

#include <string>
#include <string_view>

#include "runtime/ir/graph.h"

namespace keratin::ir {

std::string print(const Graph& graph);
// One node without its name: "dot_general(%0, %1) {…} : f32[2]".
std::string print(const Node& node);
// Throws Error{invalid_argument} with the line.
Graph parse_graph(std::string_view text);
// Throws Error{internal} when the graph is malformed: order, owners, types as infer gives them.
void verify(const Graph& graph);

}  // namespace keratin::ir
