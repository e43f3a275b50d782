// Kernel selection: which candidate runs each node; composites that none takes are decomposed.
#pragma once

#include <vector>

#include "runtime/exec/executable.h"

namespace keratin::exec {

struct Selected {
  ir::Graph graph;
  std::vector<const dispatch::KernelDef*> kernels;  // per node; null: no step, or the reference
};
// Throws Error{unsupported} listing all ops that neither a kernel, a decomposition nor a reference can run.
Selected select_kernels(ir::Graph graph, const CompileOptions& options);

// Per node: depends on variables and constants alone, and no update changes one of them.
std::vector<bool> parameter_nodes(const ir::Graph& graph);
dispatch::PrepareContext prepare_context(const ir::Node& node, const std::vector<bool>& parameter,
                                         const CompileOptions& options);

// Nodes that never get a step: inputs, variables, constants and views.
bool is_source(const ir::Node& node);
bool is_view(const ir::Node& node);

}  // namespace keratin::exec
