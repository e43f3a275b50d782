#include "tests/kernels/op_case.h"

#include <cmath>
#include <sstream>

#include "runtime/core/half.h"
#include "runtime/ir/print.h"

namespace keratin::test {
namespace {

double epsilon(DType dtype) {
  if (dtype == DType::float16) return 0x1p-10;
  if (dtype == DType::bfloat16) return 0x1p-7;
  if (dtype == DType::float32) return 0x1p-23;
  return dtype == DType::float64 ? 0x1p-52 : 0;
}

constexpr Range ranges[] = {{-2, 2, -3, 4}, {0.1, 0.9, 0, 1}, {1.1, 2, 1, 3}};

}  // namespace

ir::Graph graph_of(const ir::OpDef& op, const ir::Case& row) {
  std::string text = "graph {\n", operands;
  std::istringstream types(row.inputs);
  int count = 0;
  if (std::string_view(op.name) == "variable") text += "var \"v\" : f32[2]\n";
  for (std::string word; types >> word; ++count) {
    const ir::Type type = ir::parse_type(word);
    text += cat("%", count, " = input() {name=\"x", count, "\", dtype=", ir::short_name(type.dtype),
                ", shape=", ir::to_string(type.shape), "}\n");
    operands += cat(count ? ", %" : "%", count);
  }
  text += cat("%y = ", op.name, "(", operands, ") {", row.attributes, "}\n");
  if (row.regions) text += row.regions;
  ir::Graph graph = ir::parse_graph(text + "\n}\n");
  ir::Node& node = *graph.nodes.back();
  for (std::uint32_t i = 0; i < node.results.size(); ++i) graph.output("y" + std::to_string(i), node.out(i));
  return graph;
}

const ir::Node& node_of(const ir::Graph& graph, const ir::OpDef& op) {
  for (const auto& node : graph.nodes)
    if (node->op == &op) return *node;
  fail(ErrorCode::internal, "the graph has no ", op.name);
}

double element(const Tensor& tensor, std::size_t i) {
  double value = 0;
  visit_dtype(tensor.dtype(), [&]<class T>() {
    value = static_cast<double>(static_cast<compute_t<T>>(static_cast<const T*>(tensor.raw())[i]));
  });
  return value;
}

void set_element(Tensor& tensor, std::size_t i, double value) {
  visit_dtype(tensor.dtype(), [&]<class T>() {
    static_cast<T*>(tensor.raw())[i] = static_cast<T>(static_cast<compute_t<T>>(value));
  });
}

bool all_finite(const Tensor& tensor) {
  for (std::size_t i = 0; i < tensor.elements(); ++i)
    if (!std::isfinite(element(tensor, i))) return false;
  return true;
}

Tensor random_tensor(const ir::Type& type, const Range& range, std::mt19937_64& generator) {
  Tensor tensor(type.dtype, ir::to_shape(type.shape));
  std::uniform_real_distribution<double> real(range.low, range.high);
  std::uniform_int_distribution<std::int64_t> whole(range.least, range.most);
  const bool is_unsigned = type.dtype >= DType::uint8 && type.dtype <= DType::uint64;
  for (std::size_t i = 0; i < tensor.elements(); ++i) {
    double value = is_floating(type.dtype) ? real(generator) : static_cast<double>(whole(generator));
    if (is_unsigned) value = std::abs(value);
    if (type.dtype == DType::boolean) value = static_cast<double>(generator() & 1);
    set_element(tensor, i, value);
  }
  return tensor;
}

std::vector<Tensor> random_inputs(const ir::Graph& graph, std::uint64_t seed) {
  for (const Range& range : ranges) {
    std::mt19937_64 generator(seed);
    std::vector<Tensor> inputs;
    for (const ir::Value& input : graph.inputs)
      inputs.push_back(random_tensor(input.type(), range, generator));
    try {
      bool finite = true;
      for (const Tensor& result : ir::evaluate_graph(graph, inputs)) finite &= all_finite(result);
      if (finite) return inputs;
    } catch (const Error& e) {
      if (e.code() != ErrorCode::invalid_argument) throw;  // an index outside of its range, say
    }
  }
  return {};
}

std::string difference(const Tensor& a, const Tensor& b, double scale) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return "the types differ";
  double largest = 0;
  for (std::size_t i = 0; i < b.elements(); ++i)
    if (std::isfinite(element(b, i))) largest = std::max(largest, std::abs(element(b, i)));
  for (std::size_t i = 0; i < b.elements(); ++i) {
    const double x = element(a, i), y = element(b, i);
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    if (!(std::abs(x - y) <= (8 * std::abs(y) + 8 * largest) * epsilon(b.dtype()) * scale))
      return cat("element ", i, ": ", x, ", expected ", y, " (largest ", largest, ")");
  }
  return "";
}

}  // namespace keratin::test
