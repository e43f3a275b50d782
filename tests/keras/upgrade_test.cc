// Configs and weights of older versions: what is converted, what is reported, what is refused.
#include <gtest/gtest.h>

#include <cstring>

#include "../serialization/expect_error.h"
#include "runtime/keras/input_layer.h"
#include "runtime/keras/make.h"
#include "runtime/keras/model.h"
#include "runtime/keras/sequential.h"

namespace keratin::tests {
namespace {

using namespace keras;
using serialization::ModelDocument;
using serialization::parse_json;

template <class Body>
void expect_error(ErrorCode code, const std::string& says, Body&& body) {
  EXPECT_ERROR(body(), code, says);
}

ModelDocument document_of(const std::string& config, const std::string& version = "2.2.4") {
  ModelDocument document;
  document.file = "model";
  document.writer_version = version;
  document.config = parse_json(config, "config");
  return document;
}

LayerPtr model_of(const std::string& config, LoadReport& report, const std::string& version = "2.2.4") {
  return make_model(document_of(config, version), report);
}

bool has_line(const std::vector<std::string>& lines, const std::string& part) {
  for (const std::string& line : lines)
    if (line.find(part) != std::string::npos) return true;
  return false;
}

// A float32 array of ascending values from `first`.
serialization::TensorEntry values(Shape shape, float first = 0) {
  Tensor tensor(DType::float32, shape);
  for (std::size_t i = 0; i < tensor.elements(); ++i) tensor.data<float>()[i] = first + static_cast<float>(i);
  serialization::TensorEntry entry;
  entry.dtype = DType::float32;
  entry.shape = std::move(shape);
  entry.bytes = tensor.bytes();
  entry.decode = [tensor](std::span<std::byte> out) { std::memcpy(out.data(), tensor.raw(), out.size()); };
  return entry;
}

const std::string dense = R"({"class_name": "Dense", "config": {"name": "%", "units": 2})";
std::string entry(const std::string& name, const std::string& nodes) {
  std::string text = dense;
  text.replace(text.find('%'), 1, name);
  return text + R"(, "name": ")" + name + R"(", "inbound_nodes": )" + nodes + "}";
}
std::string input(const std::string& name) {
  return R"({"class_name": "InputLayer", "config": {"name": ")" + name +
         R"(", "batch_input_shape": [null, 2], "dtype": "float32"}, "name": ")" + name +
         R"(", "inbound_nodes": []})";
}
std::string functional(const std::string& layers, const std::string& inputs, const std::string& outputs) {
  return R"({"class_name": "Model", "config": {"name": "m", "layers": [)" + layers +
         R"(], "input_layers": )" + inputs + R"(, "output_layers": )" + outputs + "}}";
}

TEST(Upgrade, NamesWhatItConverted) {
  LoadReport report;
  const LayerPtr model = model_of(
      R"({"class_name": "Sequential", "config": [{"class_name": "Dense", "config": {"name": "d",
          "batch_input_shape": [null, 3], "output_dim": 2, "init": "uniform", "bias": true,
          "W_regularizer": {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.5},
          "activation": "hard_sigmoid"}}]})",
      report, "1.2.2");
  ASSERT_EQ(sequential_config(*model).layers.size(), 2u);
  EXPECT_EQ(sequential_config(*model).layers[0]->name, "d_input");
  const Json config = layer_config(*sequential_config(*model).layers[1]).at("config");
  EXPECT_EQ(config.at("units"), Json(2));
  EXPECT_EQ(config.at("kernel_initializer"), Json("random_uniform"));
  EXPECT_EQ(config.at("activation"), Json("hard_sigmoid_keras_2"));
  EXPECT_EQ(config.at("kernel_regularizer"),
            parse_json(R"({"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.5}})", "expected"));
  EXPECT_TRUE(has_line(report.converted, "output_dim is units"));
  EXPECT_TRUE(has_line(report.converted, "hard_sigmoid is Keras 2's"));
  EXPECT_TRUE(has_line(report.converted, "its input shape became an InputLayer"));
}

TEST(Upgrade, LeavesOutWhatInitializersNoLongerTake) {
  LoadReport report;
  const LayerPtr model = model_of(
      R"({"class_name": "Sequential", "config": {"name": "s", "layers": [{"class_name": "Dense", "config": {
          "name": "d", "units": 2, "batch_input_shape": [null, 3], "kernel_initializer": {"class_name":
          "VarianceScaling", "config": {"scale": 2.0, "mode": "fan_in", "distribution": "normal", "seed": null,
          "dtype": "float32"}}}}]}})",
      report, "2.1.6-tf");
  EXPECT_EQ(
      layer_config(*sequential_config(*model).layers[1]).at("config").at("kernel_initializer").at("config"),
      parse_json(R"({"scale": 2.0, "mode": "fan_in", "distribution": "truncated_normal", "seed": null})",
                 "wanted"));
}

TEST(Upgrade, KeepsKeras3sHardSigmoid) {
  LoadReport report;
  const LayerPtr model = model_of(
      R"({"class_name": "Sequential", "config": {"name": "s", "layers": [
          {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 3]}},
          {"class_name": "Dense", "config": {"name": "d", "units": 2, "activation": "hard_sigmoid"}}]}})",
      report, "3.15.1");
  EXPECT_EQ(layer_config(*sequential_config(*model).layers[1]).at("config").at("activation"),
            Json("hard_sigmoid"));
  EXPECT_TRUE(report.converted.empty());
}

TEST(Upgrade, FindsTheInputsShape) {
  for (const char* keys :
       {R"("batch_input_shape": [null, 3])", R"("input_shape": [3])", R"("input_dim": 3)"}) {
    LoadReport report;
    const LayerPtr model = model_of(cat(R"({"class_name": "Sequential", "config": [{"class_name": "Dense",
        "config": {"name": "d", "output_dim": 2, )",
                                        keys, "}}]}"),
                                    report, "1.0.8");
    const ir::Type type = input_type(*sequential_config(*model).layers[0]);
    EXPECT_EQ(ir::to_string(type.shape), "[B,3]") << keys;
  }
}

TEST(Upgrade, TakesTheShapeOfAModelInside) {
  LoadReport report;
  const LayerPtr model = model_of(
      R"({"class_name": "Sequential", "config": {"name": "outer", "layers": [{"class_name": "Sequential",
          "config": {"name": "inner", "layers": [{"class_name": "Dense", "config": {"name": "d",
          "batch_input_shape": [null, 3], "units": 2}}]}}]}})",
      report);
  EXPECT_EQ(ir::to_string(input_type(*sequential_config(*model).layers[0]).shape), "[B,3]");
}

TEST(Upgrade, LeavesOutKeysWithoutMeaning) {
  LoadReport report;
  const std::string layers = R"({"class_name": "Sequential", "config": {"name": "s", "layers": [
      {"class_name": "SimpleRNN", "config": {"name": "r", "units": 2, "batch_input_shape": [null, 4, 3],
       "implementation": 2, "time_major": %}}]}})";
  auto with = [&](const char* value) {
    std::string text = layers;
    return text.replace(text.find('%'), 1, value);
  };
  model_of(with("false"), report);
  EXPECT_TRUE(has_line(report.notes, "time_major"));
  expect_error(ErrorCode::unsupported, "time_major", [&] { model_of(with("true"), report); });
}

// A layer called twice, whose calls an old file numbers with those of another model.
TEST(Upgrade, RenumbersCalls) {
  LoadReport report;
  const LayerPtr model = model_of(
      functional(input("a") + "," + input("b") + "," + entry("shared", R"([[["a", 0, 0]], [["b", 0, 0]]])") +
                     "," + entry("last", R"([[["shared", 3, 0]]])"),
                 R"([["a", 0, 0], ["b", 0, 0]])", R"([["last", 0, 0], ["shared", 1, 0]])"),
      report);
  const FunctionalConfig& config = functional_config(*model);
  std::vector<TensorRef> refs;
  config.outputs.flatten(refs);
  EXPECT_EQ(refs[1].node, 0);
  refs.clear();
  config.calls[3][0].args[0].flatten(refs);
  EXPECT_EQ(refs[0].node, 1);
  EXPECT_TRUE(has_line(report.converted, "renumbered"));
}

// A model inside that is called twice: what files of Keras 2 and 3 write for its second call as an output.
TEST(Upgrade, CountsCallsOfModelsInside) {
  const std::string inner =
      functional(input("x") + "," + entry("d", R"([[["x", 0, 0]]])"), R"([["x", 0, 0]])", R"([["d", 0, 0]])");
  const std::string called = inner.substr(0, inner.size() - 1) +
                             R"(, "name": "m", "inbound_nodes": [[["a", 0, 0]], [["b", 0, 0]]]})";
  for (const auto& [node, wanted] : {std::pair{1, 0}, {2, 1}}) {
    LoadReport report;
    const LayerPtr model =
        model_of(functional(input("a") + "," + input("b") + "," + called, R"([["a", 0, 0], ["b", 0, 0]])",
                            cat("[[\"m\", ", node, ", 0]]")),
                 report);
    std::vector<TensorRef> refs;
    functional_config(*model).outputs.flatten(refs);
    EXPECT_EQ(refs[0].node, wanted);
    // written and read again
    ModelDocument document = document_of("{}", "3.15.1");
    document.config = file_config(*model);
    refs.clear();
    functional_config(*make_model(document, report)).outputs.flatten(refs);
    EXPECT_EQ(refs[0].node, wanted);
  }
}

TEST(Upgrade, ReadsTensorsInKeywords) {
  LoadReport report;
  const LayerPtr model = model_of(
      functional(input("a") + "," + input("b") +
                     R"(, {"class_name": "Attention", "config": {"name": "t"}, "name": "t", "inbound_nodes":
                        [[["a", 0, 0, {"return_attention_scores": false}], ["b", 0, 0, {}]]]})",
                 R"({"q": ["a", 0, 0], "v": ["b", 0, 0]})", R"(["t", 0, 0])"),
      report, "2.9.0");
  const NodeCall& call = functional_config(*model).calls[2][0];
  ASSERT_EQ(call.args.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<NodeArgument::List>(call.args[0].content));
  EXPECT_EQ(call.kwargs.size(), 1u);
}

TEST(Upgrade, DecodesTuplesAndShapes) {
  LoadReport report;
  const LayerPtr model = model_of(
      R"({"class_name": "Sequential", "config": {"name": "s", "layers": [{"class_name": "Reshape", "config":
          {"name": "r", "batch_input_shape": {"class_name": "TensorShape", "items": [null, 6]},
           "target_shape": {"class_name": "__tuple__", "items": [2, 3]}}}]}})",
      report, "2.7.0");
  EXPECT_EQ(ir::to_string(input_type(*sequential_config(*model).layers[0]).shape), "[B,6]");
}

TEST(Upgrade, RefusesWhatItDoesNotKnow) {
  struct Row {
    ErrorCode code;
    const char* says;
    std::string config;
  };
  const std::vector<Row> rows = {
      {ErrorCode::corrupt_file, "must be an object", R"({"class_name": "Sequential", "config": [3]})"},
      {ErrorCode::corrupt_file, "must have a list \"layers\"",
       R"({"class_name": "Sequential", "config": {}})"},
      {ErrorCode::corrupt_file, "a node holds 7",
       functional(input("a") + "," + entry("d", "[[7]]"), R"([["a", 0, 0]])", R"([["d", 0, 0]])")},
      {ErrorCode::corrupt_file, "never come to exist",
       functional(input("a") + "," + entry("d", R"([[["gone", 0, 0]]])"), R"([["a", 0, 0]])",
                  R"([["d", 0, 0]])")},
      {ErrorCode::unsupported, "mode 2 of Keras 1",
       R"({"class_name": "Sequential", "config": [{"class_name": "BatchNormalization", "config":
          {"name": "n", "mode": 2, "batch_input_shape": [null, 3]}}]})"},
      {ErrorCode::unsupported, "begins with a Merge",
       R"({"class_name": "Sequential", "config": [{"class_name": "Merge", "config": {"name": "m", "mode": "sum",
          "layers": [{"class_name": "Sequential", "config": []}]}}]})"},
      {ErrorCode::unsupported, "tf.linalg.svd",
       functional(
           input("a") + R"(, {"class_name": "TFOpLambda", "config": {"name": "f", "function": "linalg.svd"},
          "name": "f", "inbound_nodes": [["a", 0, 0, {}]]})",
           R"([["a", 0, 0]])", R"([["f", 0, 0]])")},
  };
  for (const Row& row : rows) {
    LoadReport report;
    expect_error(row.code, row.says, [&] { model_of(row.config, report, "2.6.0"); });
  }
}

const std::string two_dense = R"({"class_name": "Sequential", "config": {"name": "s", "layers": [
    {"class_name": "Dense", "config": {"name": "one", "units": 2, "batch_input_shape": [null, 3]}},
    {"class_name": "Flatten", "config": {"name": "flat"}},
    {"class_name": "Dense", "config": {"name": "two", "units": 1}}]}})";

// The object paths of tf.keras' versions.
TEST(ObjectPaths, OfEveryVersion) {
  struct Row {
    const char* first;
    const char* second;
  };
  for (const Row& row : {Row{"/layers/dense", "/layers/dense_1"},
                         {"/_layer_checkpoint_dependencies/dense", "/_layer_checkpoint_dependencies/dense_1"},
                         {"/_layer_checkpoint_dependencies/dense", "/_layer_checkpoint_dependencies/dense_2"},
                         {"/layers/dense", "/layers/dense_2"}}) {
    LoadReport report;
    const LayerPtr model = model_of(two_dense, report);
    ModelDocument document = document_of("{}");
    document.layout = serialization::WeightsLayout::v3;
    auto& tensors = document.weights.tensors;
    tensors[cat(row.first, "/vars/0")] = values({3, 2});
    tensors[cat(row.first, "/vars/1")] = values({2});
    tensors[cat(row.second, "/vars/0")] = values({2, 1}, 7);
    tensors[cat(row.second, "/vars/1")] = values({1});
    tensors["/optimizer/vars/0"] = values({1});
    load_weights(*model, document, {}, ErrorCode::corrupt_file, report);
    EXPECT_EQ(report.matched, 4u);
    EXPECT_TRUE(report.unused.empty());
    EXPECT_EQ(report.training_arrays, 1u);
    EXPECT_EQ(model->variables()[2]->value().values<float>()[0], 7) << row.second;
  }
}

ModelDocument legacy(const std::vector<std::pair<std::string, std::vector<Shape>>>& groups) {
  ModelDocument document = document_of("{}");
  document.layout = serialization::WeightsLayout::legacy;
  auto& weights = document.weights;
  weights.text["/"]["keras_version"] = "2.2.4";
  for (const auto& [name, shapes] : groups) {
    weights.names["/"]["layer_names"].push_back(name);
    auto& list = weights.names["/" + name]["weight_names"];
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      list.push_back(cat(name, "/w", i));
      weights.tensors[cat("/", name, "/", name, "/w", i)] = values(shapes[i]);
    }
  }
  return document;
}

TEST(LegacyWeights, ByPositionByNameAndSkipping) {
  LoadReport report;
  const LayerPtr model = model_of(two_dense, report);
  load_weights(*model, legacy({{"a", {{3, 2}, {2}}}, {"none", {}}, {"b", {{2, 1}, {1}}}}), {},
               ErrorCode::data_mismatch, report);
  EXPECT_EQ(report.matched, 4u);

  LoadReport named;
  const ModelDocument other = legacy({{"two", {{2, 1}, {1}}}, {"foreign", {{5}}}});
  load_weights(*model, other, {.by_name = true}, ErrorCode::data_mismatch, named);
  EXPECT_EQ(named.matched, 2u);
  EXPECT_EQ(named.unused, std::vector<std::string>{"foreign"});
  expect_error(ErrorCode::data_mismatch, "pair them by name", [&] {
    load_weights(*model, legacy({{"a", {{3, 2}, {2}}}}), {}, ErrorCode::data_mismatch, named);
  });

  LoadReport skipped;
  const ModelDocument wide = legacy({{"a", {{3, 4}, {2}}}, {"b", {{2, 1}}}});
  expect_error(ErrorCode::data_mismatch, "wants (3, 2)",
               [&] { load_weights(*model, wide, {}, ErrorCode::data_mismatch, skipped); });
  skipped = {};
  load_weights(*model, wide, {.skip_mismatch = true}, ErrorCode::data_mismatch, skipped);
  EXPECT_EQ(skipped.matched, 1u);
  EXPECT_EQ(skipped.skipped.size(), 2u);
}

// (length, 1, in, out), and (out, in, length, 1) before that.
TEST(LegacyWeights, ReshapeKeras1Convolutions) {
  for (const Shape& shape : {Shape{3, 1, 2, 4}, Shape{4, 2, 3, 1}}) {
    LoadReport report;
    const LayerPtr model = model_of(
        R"({"class_name": "Sequential", "config": [{"class_name": "Convolution1D", "config": {"name": "c",
        "nb_filter": 4, "filter_length": 3, "batch_input_shape": [null, 5, 2]}}]})",
        report, "1.2.2");
    ModelDocument document = legacy({{"c", {shape, {4}}}});
    document.weights.text.clear();
    load_weights(*model, document, {}, ErrorCode::corrupt_file, report);
    const Tensor kernel = model->variables()[0]->value();
    EXPECT_EQ(kernel.shape(), (Shape{3, 2, 4}));
    // element [1, 0, 2] of the kernel
    EXPECT_EQ(kernel.values<float>()[8 + 2], shape[0] == 3 ? 10.f : float(2 * 6 + 0 * 3 + 1));
  }
}

}  // namespace
}  // namespace keratin::tests
