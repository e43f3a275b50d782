// Layers that Keras 3 no longer has and that real Keras can't be asked about: Merge of Keras 1 against the
// layers that took its place; Lambda and unknown functions, which are refused by name.
#include <gtest/gtest.h>

#include "../serialization/expect_error.h"
#include "runtime/ir/evaluate.h"
#include "runtime/keras/lower.h"
#include "runtime/keras/refusals.h"

namespace keratin::tests {
namespace {

using namespace keras;

Json parse(const char* text) { return serialization::parse_json(text, "test"); }

LayerPtr layer(const char* class_name, const char* config) {
  Json object;
  object["class_name"] = class_name;
  object["config"] = parse(config);
  return make_layer(object);
}

// The layer on two tensors of these shapes with numbers 1 2 3 … and 0.5 1 1.5 …
std::vector<double> run(const LayerPtr& layer, const Shape& a, const Shape& b) {
  ir::Graph graph;
  Lowering lowering(graph, false);
  std::vector<Traced> inputs;
  std::vector<Tensor> values;
  for (const Shape& shape : {a, b}) {
    inputs.push_back({graph.input("x", {DType::float64, ir::to_dims(shape)}), {}});
    Tensor tensor(DType::float64, shape);
    for (std::size_t i = 0; i < tensor.elements(); ++i)
      tensor.data<double>()[i] = (double(i) + 1) / double(values.size() + 1);
    values.push_back(std::move(tensor));
  }
  graph.output("y", call_layer(lowering, *layer, inputs)[0].value);
  const Tensor y = ir::evaluate_graph(graph, values)[0];
  const auto span = y.values<double>();
  return {span.begin(), span.end()};
}

struct Same {
  const char *merge, *name, *config;
  Shape a, b;
};

TEST(Merge, EqualsTheLayersOfItsModes) {
  const Same rows[] = {
      {R"({"mode": "sum", "dtype": "float64"})", "Add", R"({"dtype": "float64"})", {2, 3}, {2, 3}},
      {R"({"mode": "mul", "dtype": "float64"})", "Multiply", R"({"dtype": "float64"})", {2, 3}, {2, 3}},
      {R"({"mode": "ave", "dtype": "float64"})", "Average", R"({"dtype": "float64"})", {2, 3}, {2, 3}},
      {R"({"mode": "max", "dtype": "float64"})", "Maximum", R"({"dtype": "float64"})", {2, 3}, {2, 3}},
      {R"({"mode": "concat", "concat_axis": 1, "dtype": "float64"})",
       "Concatenate",
       R"({"axis": 1, "dtype": "float64"})",
       {2, 3},
       {2, 4}},
      {R"({"mode": "dot", "dot_axes": [[2], [1]], "dtype": "float64"})",
       "Dot",
       R"({"axes": [2, 1], "dtype": "float64"})",
       {2, 3, 4},
       {2, 4, 5}},
      {R"({"mode": "cos", "dot_axes": 1, "dtype": "float64"})",
       "Dot",
       R"({"axes": 1, "normalize": true, "dtype": "float64"})",
       {2, 3},
       {2, 3}},
  };
  for (const Same& row : rows) {
    SCOPED_TRACE(row.merge);
    EXPECT_EQ(run(layer("Merge", row.merge), row.a, row.b), run(layer(row.name, row.config), row.a, row.b));
  }
}

TEST(Merge, RefusesAFunction) {
  EXPECT_ERROR(run(layer("Merge", R"({"mode": "odd"})"), {2, 3}, {2, 3}), ErrorCode::unsupported, "odd");
}

TEST(Lambda, IsRefusedByName) {
  EXPECT_ERROR(run(layer("Lambda", R"({"name": "halve", "function": "x"})"), {2, 3}, {2, 3}),
               ErrorCode::unsupported, "halve");
}

// One refusal names everything, also what wrappers hold.
TEST(Refusals, NameEverything) {
  const char* config = R"({"class_name": "Sequential", "config": {"name": "s", "layers": [
      {"class_name": "Mine", "registered_name": "pkg>Mine", "module": "mine", "config": {"name": "a"}},
      {"class_name": "Lambda", "config": {"name": "b"}},
      {"class_name": "Dense", "config": {"name": "c", "activation": "odd_function"}},
      {"class_name": "GRU", "config": {"name": "d", "recurrent_activation":
          {"class_name": "function", "config": "pkg>gate"}, "activation": {"class_name": "ReLU", "config": {}}}},
      {"class_name": "TimeDistributed", "config": {"name": "e", "layer":
          {"class_name": "Strange", "config": {"name": "f"}}}},
      {"class_name": "TFOpLambda", "config": {"name": "g", "function": "signal.odd"}}]}})";
  try {
    refuse_unknown(serialization::parse_json(config, "config"));
    FAIL() << "nothing was refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unsupported);
    EXPECT_STREQ(error.what(),
                 "Python code, which can't be run here: Lambda (layer \"b\"); "
                 "unknown classes: Strange (layer \"f\"), pkg>Mine (layer \"a\"); "
                 "unknown functions: odd_function (layer \"c\"), pkg>gate (layer \"d\"), "
                 "tf.signal.odd (layer \"g\"); register them with CustomObjects: "
                 "a layer of the class name Lambda gets a Lambda's config");
  }
  EXPECT_NO_THROW(refuse_unknown(serialization::parse_json(
      R"({"layers": [{"class_name": "Dense", "config": {"activation": "relu"}}]})", "config")));
}

TEST(TensorflowFunctions, AreRefusedByName) {
  EXPECT_ERROR(run(layer("TFOpLambda", R"({"function": "signal.odd"})"), {2, 3}, {2, 3}),
               ErrorCode::unsupported, "tf.signal.odd");
  EXPECT_ERROR(run(layer("TensorFlowOpLayer", R"({"node_def": {"op": "OddOp", "input": []}})"), {2}, {2}),
               ErrorCode::unsupported, "OddOp");
}

}  // namespace
}  // namespace keratin::tests
