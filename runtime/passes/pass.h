// Passes: graph to graph, one file each, in the ordered list of pipeline.cc. Skippable by name
// (KERATIN_SKIP_PASSES), timed (KERATIN_LOG=pass), dumped (KERATIN_DUMP) and verified after.
#pragma once

#include <span>
#include <string>

#include "runtime/ir/graph.h"

namespace keratin::passes {

struct Pass {
  const char* name;
  ir::Graph (*run)(const ir::Graph& graph);
};

std::span<const Pass> pipeline();
// The whole pipeline on a specialised graph; name tells the graph in dumps.
ir::Graph run_pipeline(ir::Graph graph, const std::string& name);

ir::Graph fold_constants(const ir::Graph& graph);
ir::Graph common_subexpressions(const ir::Graph& graph);
ir::Graph simplify(const ir::Graph& graph);
ir::Graph fold_padding(const ir::Graph& graph);
ir::Graph fuse_epilogue(const ir::Graph& graph);
ir::Graph fuse_elementwise(const ir::Graph& graph);

}  // namespace keratin::passes
