// A row of an op's case table as a graph with one node, and random inputs that the op is defined on.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "runtime/ir/evaluate.h"
#include "runtime/ir/op.h"

namespace keratin::test {

// The ranges that random inputs are drawn from.
struct Range {
  double low, high;          // floating point
  std::int64_t least, most;  // integers
};

// "x0", "x1" … -> the op -> "y0", "y1" ….
ir::Graph graph_of(const ir::OpDef& op, const ir::Case& row);
// The node of the op itself.
const ir::Node& node_of(const ir::Graph& graph, const ir::OpDef& op);

Tensor random_tensor(const ir::Type& type, const Range& range, std::mt19937_64& generator);
// Inputs for which the reference gives finite results: the first range that does so is taken.
// Empty when there is none.
std::vector<Tensor> random_inputs(const ir::Graph& graph, std::uint64_t seed);

double element(const Tensor& tensor, std::size_t i);
void set_element(Tensor& tensor, std::size_t i, double value);
bool all_finite(const Tensor& tensor);

// "" or how they differ beyond |a - b| <= (8 |b| + 8 max|b|) · ε(dtype) · scale. NaN equals NaN.
std::string difference(const Tensor& a, const Tensor& b, double scale);

}  // namespace keratin::test
