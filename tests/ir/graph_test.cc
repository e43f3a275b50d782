// Building, printing, parsing, verifying, copying, inlining, specialising graphs.
#include "runtime/ir/graph.h"

#include <gtest/gtest.h>

#include <cmath>

#include "runtime/core/error.h"
#include "runtime/ir/build.h"
#include "runtime/ir/evaluate.h"
#include "runtime/ir/op.h"
#include "runtime/ir/print.h"
#include "runtime/ir/rewrite.h"

namespace keratin::ir {
namespace {

constexpr const char* dense = R"(graph {
  var "dense/kernel" : f32[3,2]
  var "count" : i64[]
  %0 = input() {name="x", dtype=f32, shape=[B,3]} : f32[B,3]
  %1 = variable() {index=0, dtype=f32, shape=[3,2]} : f32[3,2]
  %2 = dot_general(%0, %1) {contract_a=[1], contract_b=[0]} : f32[B,2] // dense
  %3 = variable() {index=1, dtype=i64, shape=[]} : i64[]
  %4 = constant() {value=i64[]{0100000000000000}} : i64[]
  %5 = add(%3, %4) : i64[]
  output "y" = %2
  update 1 = %5
}
)";

constexpr const char* loop = R"(graph {
  %0 = input() {name="h", dtype=f32, shape=[B,2]} : f32[B,2]
  %1 = input() {name="x", dtype=f32, shape=[T,B,2]} : f32[T,B,2]
  %2 = scan(%0, %1) {carries=1, xs=1, length=[T]} : f32[B,2] f32[T,B,2] // rnn
    graph {
      %0 = input() {name="h", dtype=f32, shape=[B,2]} : f32[B,2]
      %1 = input() {name="x", dtype=f32, shape=[B,2]} : f32[B,2]
      %2 = add(%0, %1) : f32[B,2]
      output "h" = %2
      output "y" = %2
    }
  output "last" = %2#0
  output "all" = %2#1
}
)";

TEST(GraphText, PrintsAndReadsBack) {
  for (const char* text : {dense, loop}) {
    const Graph graph = parse_graph(text);
    verify(graph);
    EXPECT_EQ(print(graph), text);
    const Graph copy = graph;
    verify(copy);
    EXPECT_EQ(print(copy), text);
  }
}

TEST(GraphText, KeepsAwkwardNames) {
  Graph graph;
  graph.label = "block // one\ntwo";
  const Value x = graph.input("a \"b\"\n= {c}, %1", {DType::float32, {2}});
  graph.output("y\n\"z\"", exp(x));
  const Graph again = parse_graph(print(graph));
  EXPECT_EQ(again.nodes[0]->get<std::string>("name"), "a \"b\"\n= {c}, %1");
  EXPECT_EQ(again.outputs[0].name, "y\n\"z\"");
}

TEST(GraphText, RefusesOtherText) {
  const char* bad[] = {
      "",
      "graph {",
      "graph {\n}\nmore\n",
      "graph {\n %0 = nothing()\n}\n",
      "graph {\n %0 = exp(%1)\n}\n",
      "graph {\n %0 = exp()\n}\n",
      "graph {\n %0 = input() {name=\"x\", dtype=f32}\n}\n",
      "graph {\n %0 = input() {name=\"x\", dtype=f32, shape=[2], more=1}\n}\n",
      "graph {\n output \"y\" = %0\n}\n",
      "graph {\n update 0 = %0\n}\n",
      "graph {\n var \"x\"\n}\n",
      "graph {\n %0 = iota() {shape=[2], axis=0, dtype=f32\n}\n",
      "graph {\n %0 = iota() {shape=[2], axis=0, dtype=f32}\n output \"y\" = %0#1\n}\n",
      "graph {\n %0 = iota( {shape=[2]}\n}\n",
      "graph {\n %0 = variable() {index=-1, dtype=f32, shape=[2]}\n}\n",
  };
  for (const char* text : bad) EXPECT_THROW(parse_graph(text), Error) << text;
}

TEST(Verify, FindsWhatIsWrong) {
  Graph order = parse_graph(dense);
  std::swap(order.nodes[2], order.nodes[0]);
  EXPECT_THROW(verify(order), Error);
  Graph type = parse_graph(dense);
  type.nodes[2]->results[0].dtype = DType::float64;
  EXPECT_THROW(verify(type), Error);
  Graph foreign = parse_graph(dense);
  foreign.outputs[0].value = order.outputs[0].value;
  EXPECT_THROW(verify(foreign), Error);
  Graph variable = parse_graph(dense);
  variable.variables[0].type.shape[0] = 4;
  EXPECT_THROW(verify(variable), Error);
  Graph lost = parse_graph(dense);
  lost.inputs[0] = lost.outputs[0].value;
  EXPECT_THROW(verify(lost), Error);
  Graph region = parse_graph(loop);
  region.nodes[2]->regions[0].nodes[2]->results[0].dtype = DType::float64;
  EXPECT_THROW(verify(region), Error);
}

TEST(Graph, ReadsWhatWasAssigned) {
  Graph graph;
  const std::size_t v = graph.declare_variable("v", {DType::float32, {2}});
  const Value before = graph.read(v);
  EXPECT_EQ(graph.read(v), before);
  const Value twice = before + before;
  graph.assign(v, twice);
  EXPECT_EQ(graph.read(v), twice);
  graph.assign(v, exp(graph.read(v)));
  EXPECT_EQ(graph.updates.size(), 1u);
  EXPECT_THROW(graph.assign(v, sum(twice, {0})), Error);
  const std::vector<Tensor> results =
      evaluate_graph(graph, {}, std::vector<Tensor>{Tensor::of<float>({2}, {0, 0.5f})});
  EXPECT_FLOAT_EQ(results[0].data<float>()[1], std::exp(1.0f));
}

TEST(Graph, RefusesWrongAttributes) {
  Graph graph;
  const Value x = graph.input("x", {DType::float32, {2}});
  EXPECT_THROW(graph.add("reshape", {x}), Error);
  EXPECT_THROW(graph.add("reshape", {x}, {{"shape", Ints{2}}}), Error);
  EXPECT_THROW(graph.add("reshape", {x}, {{"shape", Dims{2}}, {"other", true}}), Error);
  Graph other;
  EXPECT_THROW(other.add("exp", {x}), Error);
  EXPECT_THROW(find_op("nothing"), Error);
}

TEST(Graph, InlinesWithItsVariables) {
  Graph inner;
  const std::size_t w = inner.declare_variable("w", {DType::float32, {}});
  const Value x = inner.input("x", {DType::float32, {}});
  inner.assign(w, inner.read(w) + x);
  inner.output("y", inner.read(w) * x);
  Graph outer;
  const Value a = outer.input("a", {DType::float32, {}});
  const Value y = inline_graph(outer, inner, {a})[0];
  outer.output("y", inline_graph(outer, inner, {y})[0]);  // sees the first one's update
  verify(outer);
  EXPECT_EQ(outer.variables.size(), 1u);
  const std::vector<Tensor> results = evaluate_graph(outer, std::vector<Tensor>{Tensor::of<float>({}, {2})},
                                                     std::vector<Tensor>{Tensor::of<float>({}, {1})});
  // w: 1 -> 3, y: 6; w: 3 -> 9, y: 54
  EXPECT_EQ(*results[0].data<float>(), 54);
  EXPECT_EQ(*results[1].data<float>(), 9);
}

TEST(Rewrite, SpecialisesAllDims) {
  const Graph graph = specialise(parse_graph(loop), {{"B", 3}, {"T", 5}});
  verify(graph);
  EXPECT_EQ(print(graph).find("B"), std::string::npos);
  EXPECT_EQ(graph.outputs[1].value.shape(), (Dims{5, 3, 2}));
  const Graph half = specialise(parse_graph(loop), {{"T", 5}});
  EXPECT_EQ(half.outputs[1].value.shape(), (Dims{5, Dim::symbol("B"), 2}));
}

TEST(Rewrite, DropsDeadCodeAndKeepsInputs) {
  Graph graph;
  const Value x = graph.input("x", {DType::float32, {2}}), unused = graph.input("u", {DType::float32, {1}});
  exp(unused);
  graph.output("y", log(x));
  const Graph kept = without_dead_code(graph);
  verify(kept);
  EXPECT_EQ(kept.nodes.size(), 3u);
  EXPECT_EQ(kept.inputs.size(), 2u);
}

TEST(Graph, SortsAfterUsesWereReplaced) {
  Graph graph;
  const Value x = graph.input("x", {DType::float32, {2}});
  const Value y = exp(x), z = y + y;
  graph.output("z", z);
  const Value late = log(x) * x;
  graph.replace_uses(y, late);
  EXPECT_THROW(verify(graph), Error);
  graph.sort();
  verify(graph);
  EXPECT_EQ(z.node->inputs[0], late);
}

}  // namespace
}  // namespace keratin::ir
