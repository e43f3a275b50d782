// Interprets a graph with static shapes by the references of its ops: the oracle of tests, the constant
// folder, and how references of ops with regions run their regions.
#pragma once

#include <span>
#include <vector>

#include "runtime/ir/op.h"

namespace keratin::ir {

HostView view_of(const Tensor& tensor);  // out views must be of tensors that own their bytes

// One node: its reference, or its decomposition's. Throws Error{internal} when the op has neither.
void evaluate_node(const Node& node, std::span<const HostView> in, std::span<const HostView> out);
// inputs per Graph::inputs, variables per Graph::variables; the result has the outputs, then the updates.
std::vector<Tensor> evaluate_graph(const Graph& graph, std::span<const Tensor> inputs,
                                   std::span<const Tensor> variables = {});

}  // namespace keratin::ir
