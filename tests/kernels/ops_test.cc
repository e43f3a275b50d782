// Walks over all ops and asks each row of their case tables the same questions.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "runtime/exec/select.h"
#include "runtime/ir/build.h"
#include "runtime/ir/print.h"
#include "runtime/ir/rewrite.h"
#include "tests/exec/run_graph.h"
#include "tests/kernels/op_case.h"

namespace keratin::test {
namespace {

class Ops : public testing::TestWithParam<const ir::OpDef*> {
 protected:
  const ir::OpDef& op() const { return *GetParam(); }
  std::string where(const ir::Case& row) const {
    return cat(op().name, "(", row.inputs, ") {", row.attributes, "}");
  }
  // Whether the op computes something from its inputs.
  bool computes() const { return op().evaluate || op().decompose; }
  // Sums of k terms may be off by more: √k.
  static double scale(const ir::Graph& graph) {
    double in = 1, out = 1;
    for (const ir::Value& value : graph.inputs)
      in = std::max(in, static_cast<double>(ir::product(value.shape()).value()));
    for (const ir::Output& output : graph.outputs)
      out = std::max(out, static_cast<double>(ir::product(output.value.shape()).value()));
    return std::sqrt(std::max(1.0, in / out));
  }
};

INSTANTIATE_TEST_SUITE_P(All, Ops, testing::ValuesIn(ir::all_ops().begin(), ir::all_ops().end()),
                         [](const auto& info) { return std::string(info.param->name); });

TEST_P(Ops, AreDefinedWhole) {
  EXPECT_TRUE(op().infer);
  EXPECT_FALSE(op().cases.empty()) << "an op needs a case";
  EXPECT_NE(op().gradient.build != nullptr, op().gradient.why_none != nullptr)
      << "an op has a gradient or the reason why not";
  const bool is_given = op().name == std::string("input") || op().name == std::string("variable");
  EXPECT_NE(computes(), is_given) << "an op has a reference or a decomposition";
  EXPECT_EQ(&ir::find_op(op().name), &op());
  std::set<std::string> names;
  for (const ir::AttributeDef& def : op().attributes) {
    EXPECT_TRUE(names.insert(def.name).second) << def.name << " is declared twice";
    if (!def.fallback) continue;
    const ir::Attribute value = ir::parse_attribute(def.kind, def.fallback);
    EXPECT_TRUE(ir::equal(value, ir::parse_attribute(def.kind, ir::to_string(value)))) << def.name;
  }
}

TEST_P(Ops, PrintAndParseBack) {
  for (const ir::Case& row : op().cases) {
    SCOPED_TRACE(where(row));
    const ir::Graph graph = graph_of(op(), row);
    ir::verify(graph);
    const std::string text = ir::print(graph);
    const ir::Graph again = ir::parse_graph(text);
    ir::verify(again);
    EXPECT_EQ(ir::print(again), text);
    const ir::Node &a = node_of(graph, op()), &b = node_of(again, op());
    EXPECT_EQ(a.results, b.results);
    for (std::size_t i = 0; i < a.attributes.size(); ++i)
      EXPECT_TRUE(ir::equal(a.attributes[i], b.attributes[i])) << op().attributes[i].name;
  }
}

// A leading dimension that all inputs share may be a symbol: the shape rule then agrees with the static one.
TEST_P(Ops, InferSymbolicShapes) {
  for (const ir::Case& row : op().cases) {
    SCOPED_TRACE(where(row));
    const ir::Graph graph = graph_of(op(), row);
    if (graph.inputs.empty() || row.regions || graph.inputs[0].rank() == 0) continue;
    const ir::Dim leading = graph.inputs[0].shape()[0];
    ir::Graph symbolic;
    ir::Values inputs;
    for (const ir::Value& value : graph.inputs) {
      ir::Type type = value.type();
      if (type.rank() && type.shape[0] == leading) type.shape[0] = ir::Dim::symbol("B");
      inputs.push_back(symbolic.input("x", type));
    }
    const ir::Node& node = node_of(graph, op());
    ir::Node* made = nullptr;
    try {
      made = &symbolic.clone(node, inputs);
    } catch (const Error&) {
      continue;  // the row's attributes need this very number
    }
    for (std::size_t i = 0; i < node.results.size(); ++i)
      for (std::size_t k = 0; k < node.results[i].rank(); ++k)
        EXPECT_EQ(made->results[i].shape[k].substitute({{"B", leading.value()}}), node.results[i].shape[k]);
  }
}

// The reference writes all of its results and nothing else.
TEST_P(Ops, WriteTheirResults) {
  if (!computes()) return;  // takes part in no run
  for (const ir::Case& row : op().cases) {
    SCOPED_TRACE(where(row));
    const ir::Graph graph = graph_of(op(), row);
    const ir::Node& node = node_of(graph, op());
    const std::vector<Tensor> inputs = random_inputs(graph, 1);
    ASSERT_EQ(inputs.size(), graph.inputs.size()) << "no range of inputs gives finite results";
    const std::vector<Tensor> expected = ir::evaluate_graph(graph, inputs);
    std::vector<ir::HostView> in, out;
    for (const Tensor& input : inputs) in.push_back(ir::view_of(input));
    constexpr std::size_t margin = 64;
    for (int fill : {0x00, 0xff}) {
      std::vector<std::vector<unsigned char>> memory;
      std::vector<Shape> shapes;
      for (const ir::Type& type : node.results) shapes.push_back(ir::to_shape(type.shape));
      out.clear();
      for (std::size_t i = 0; i < expected.size(); ++i) {
        memory.emplace_back(expected[i].bytes() + 2 * margin, static_cast<unsigned char>(fill));
        out.push_back({node.results[i].dtype, shapes[i], memory[i].data() + margin});
      }
      ir::evaluate_node(node, in, out);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(std::memcmp(out[i].data, expected[i].raw(), expected[i].bytes()), 0) << "result " << i;
        for (std::size_t k = 0; k < margin; ++k) {
          EXPECT_EQ(memory[i][k], fill);
          EXPECT_EQ(memory[i][memory[i].size() - 1 - k], fill);
        }
      }
    }
  }
}

TEST_P(Ops, DecomposeToTheSame) {
  if (!op().evaluate || !op().decompose) return;  // has not both reference and decomposition
  for (const ir::Case& row : op().cases) {
    SCOPED_TRACE(where(row));
    const ir::Graph graph = graph_of(op(), row);
    const ir::Graph parts =
        ir::rewrite(graph, [&](ir::Graph& to, const ir::Node& node, const ir::Values& in) {
          return node.op == &op() ? op().decompose(to, node, in) : ir::Values();
        });
    ir::verify(parts);
    const std::vector<Tensor> inputs = random_inputs(graph, 2);
    ASSERT_EQ(inputs.size(), graph.inputs.size());
    const std::vector<Tensor> a = ir::evaluate_graph(parts, inputs), b = ir::evaluate_graph(graph, inputs);
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(difference(a[i], b[i], 2 * scale(graph)), "");
  }
}

// The graph with all inputs but the first made variables, so that kernels pack them.
ir::Graph with_parameters(const ir::Graph& graph) {
  ir::Graph made;
  ir::Values inputs;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    const ir::Type& type = graph.inputs[i].type();
    inputs.push_back(i == 0 ? made.input("x0", type)
                            : made.read(made.declare_variable("v" + std::to_string(i), type)));
  }
  const ir::Values results = ir::inline_graph(made, graph, inputs);
  for (const ir::Value& value : results) made.output("y", value);
  return made;
}

bool uses(const exec::Executable& executable, const ir::OpDef& op, std::string_view kernel) {
  for (const auto* steps : {&executable.preparation, &executable.steps})
    for (const exec::PlannedStep& step : *steps)
      if (step.node->op == &op && step.kernel == kernel) return true;
  return false;
}

void expect_near(const std::vector<Tensor>& found, const std::vector<Tensor>& expected, double scale) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(difference(found[i], expected[i], scale), "");
}

// Every candidate that takes the row equals the reference, on one thread and on two, raw and packed.
TEST_P(Ops, KernelsEqualTheReference) {
  if (!computes()) return;  // takes part in no run
  const WithEnv poison("KERATIN_POISON", "1"), passes("KERATIN_SKIP_PASSES", "all");
  std::vector<std::string> names = {"evaluate"};
  for (const dispatch::KernelDef* kernel : dispatch::candidates(dispatch::Device::cpu, op().name))
    names.push_back(kernel->name);
  for (const ir::Case& row : op().cases) {
    const ir::Graph graph = graph_of(op(), row);
    const std::vector<Tensor> inputs = random_inputs(graph, 3);
    ASSERT_EQ(inputs.size(), graph.inputs.size()) << where(row);
    const std::vector<Tensor> expected = ir::evaluate_graph(graph, inputs);
    for (const std::string& name : names)
      for (int threads : {1, 2}) {
        SCOPED_TRACE(where(row) + " " + name + " threads " + std::to_string(threads));
        const WithEnv kernel("KERATIN_KERNEL", name);
        Compiled plain = compile(graph, {}, threads);
        if (name != "evaluate" && !uses(*plain.executable, op(), name)) continue;
        expect_near(run(*plain.context, inputs), expected, scale(graph));
        if (inputs.size() < 2) continue;
        Compiled weighted = compile(with_parameters(graph), {inputs.begin() + 1, inputs.end()}, threads);
        const std::vector<Tensor> raw = run(*weighted.context, {inputs[0]});
        expect_near(raw, expected, scale(graph));
        if (weighted.executable->packings.empty()) continue;
        weighted.prepared->finish();
        const std::vector<Tensor> packed = run(*weighted.context, {inputs[0]});
        for (std::size_t i = 0; i < raw.size(); ++i)
          EXPECT_EQ(std::memcmp(raw[i].raw(), packed[i].raw(), raw[i].bytes()), 0)
              << "packing changes the bits";
      }
  }
}

bool is_double(const ir::Graph& graph) {
  bool any = false;
  for (const ir::Value& value : graph.inputs) {
    if (is_floating(value.dtype()) && value.dtype() != DType::float64) return false;
    any |= value.dtype() == DType::float64;
  }
  return any;
}

// sum of seeds · outputs
double weighted_sum(const ir::Graph& graph, const std::vector<Tensor>& inputs,
                    const std::vector<Tensor>& seeds) {
  const std::vector<Tensor> outputs = ir::evaluate_graph(graph, inputs);
  double sum = 0;
  std::size_t seed = 0;
  for (const Tensor& output : outputs) {
    if (output.dtype() != DType::float64) continue;
    for (std::size_t i = 0; i < output.elements(); ++i) sum += element(output, i) * element(seeds[seed], i);
    ++seed;
  }
  return sum;
}

void check_gradient(const ir::Graph& graph, std::uint64_t seed) {
  std::vector<Tensor> inputs = random_inputs(graph, seed);
  ASSERT_EQ(inputs.size(), graph.inputs.size());
  ir::Graph backward = graph;
  ir::Values outputs, seeds, wrt;
  std::mt19937_64 generator(seed + 100);
  std::vector<Tensor> values = inputs, weights;
  const std::size_t given = backward.inputs.size();
  for (std::size_t i = 0; i < given; ++i)
    if (backward.inputs[i].dtype() == DType::float64) wrt.push_back(backward.inputs[i]);
  for (const ir::Output& output : std::vector<ir::Output>(backward.outputs)) {
    if (output.value.dtype() != DType::float64) continue;
    outputs.push_back(output.value);
    seeds.push_back(backward.input("dy", output.value.type()));
    weights.push_back(random_tensor(output.value.type(), {-1, 1, 0, 1}, generator));
    values.push_back(weights.back());
  }
  if (outputs.empty()) return;
  const ir::Values found = ir::gradients(outputs, seeds, wrt);
  const std::size_t first = backward.outputs.size();
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found[i]) {
      EXPECT_EQ(found[i].type(), wrt[i].type());
      backward.output("dx", found[i]);
    }
  ir::verify(backward);
  const std::vector<Tensor> results = ir::evaluate_graph(backward, values);
  const std::vector<Tensor> compiled = run_graph(backward, values);
  for (std::size_t i = 0; i < results.size(); ++i) EXPECT_EQ(difference(compiled[i], results[i], 64), "");
  std::size_t at = first, input = 0;
  for (std::size_t k = 0; k < found.size(); ++k) {
    while (inputs[input].dtype() != DType::float64) ++input;
    Tensor& x = inputs[input] = inputs[input].clone();
    ++input;
    const Tensor dx = found[k] ? results[at++] : Tensor::zeros(DType::float64, x.shape());
    double largest = 1;
    for (std::size_t i = 0; i < dx.elements(); ++i) largest = std::max(largest, std::abs(element(dx, i)));
    const std::size_t step = 1 + x.elements() / 40;  // of big tensors a sample
    for (std::size_t i = 0; i < x.elements(); i += step) {
      const double middle = element(x, i), h = 1e-5;
      set_element(x, i, middle + h);
      const double above = weighted_sum(graph, inputs, weights);
      set_element(x, i, middle - h);
      const double below = weighted_sum(graph, inputs, weights);
      set_element(x, i, middle);
      EXPECT_NEAR(element(dx, i), (above - below) / (2 * h), 2e-7 * largest)
          << "input " << k << " element " << i << " at " << middle;
    }
  }
}

TEST_P(Ops, GradientsEqualFiniteDifferences) {
  const ir::Gradient& rule = op().gradient;
  if (!rule.build && rule.kind == ir::NoGradient::zero) return;
  bool asked = false;
  for (const ir::Case& row : op().cases) {
    SCOPED_TRACE(where(row));
    const ir::Graph graph = graph_of(op(), row);
    if (!is_double(graph)) continue;
    asked = true;
    if (rule.build) {
      for (std::uint64_t seed : {11, 12, 13}) check_gradient(graph, seed);
    } else {
      EXPECT_THROW(check_gradient(graph, 11), Error);
    }
  }
  EXPECT_TRUE(asked) << "an op with a gradient needs a float64 case";
}

// The gradient as a graph of its own: of the op's inputs and of dy.
ir::Graph backward_of(const ir::Graph& forward) {
  ir::Graph graph = forward;
  ir::Values outputs, seeds, wrt;
  for (const ir::Value& input : graph.inputs)
    if (input.dtype() == DType::float64) wrt.push_back(input);
  for (const ir::Output& output : std::vector<ir::Output>(graph.outputs)) {
    if (output.value.dtype() != DType::float64) continue;
    outputs.push_back(output.value);
    seeds.push_back(graph.input("dy", output.value.type()));
  }
  graph.outputs.clear();
  if (outputs.empty()) return graph;
  for (const ir::Value& value : ir::gradients(outputs, seeds, wrt))
    if (value) graph.output("dx", value);
  return graph;
}

// Gradients are graphs of ops that have gradients, too, or tell why there is none.
TEST_P(Ops, SecondDerivativesEqualFiniteDifferences) {
  if (!op().gradient.build) return;
  for (const ir::Case& row : op().cases) {
    SCOPED_TRACE(where(row));
    const ir::Graph graph = graph_of(op(), row);
    if (!is_double(graph)) continue;
    const ir::Graph backward = backward_of(graph);
    if (backward.outputs.empty()) continue;
    try {
      check_gradient(backward, 21);
    } catch (const Error& error) {
      EXPECT_STREQ(op().name, "reduce_window") << error.what();  // of max pooling, and it says so
      EXPECT_NE(std::string(error.what()).find("no gradient of "), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace keratin::test
