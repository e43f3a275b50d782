// Recurrent layers beyond their cases: gradients through time against finite differences, a list of cells, a
// user's cell, what older files leave out, and arrays per gate.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "../serialization/expect_error.h"
#include "keratin/custom.h"
#include "runtime/core/shape.h"
#include "runtime/ir/build_nn.h"
#include "runtime/ir/evaluate.h"
#include "runtime/keras/lower.h"
#include "runtime/keras/model.h"
#include "runtime/keras/old_gates.h"
#include "runtime/keras/sequential.h"

namespace keratin::tests {
namespace {

using namespace keras;
using serialization::parse_json;

LayerPtr layer(const char* class_name, const std::string& config) {
  Json object;
  object["class_name"] = class_name;
  object["config"] = parse_json(config, "test");
  return make_layer(object);
}

Tensor random_tensor(const Shape& shape, std::mt19937& random) {
  Tensor tensor(DType::float64, shape);
  std::uniform_real_distribution<double> draw(-1, 1);
  for (double& value : std::span(tensor.data<double>(), tensor.elements())) value = draw(random);
  return tensor;
}

// The layer in float64 on one input, with a loss of all its results and the loss's gradients.
class Trained {
 public:
  Trained(const char* class_name, const std::string& config, const Shape& shape, bool masked)
      : layer_(layer(class_name, config)), lowering_(graph_, false) {
    Traced x = {graph_.input("x", {DType::float64, ir::to_dims(shape)}), {}};
    if (masked) x.mask = graph_.input("mask", {DType::boolean, {shape[0], shape[1]}});
    ir::Value loss;
    for (const Traced& result : call_layer(lowering_, *layer_, {x})) {
      const ir::Value weight = ir::iota(graph_, DType::int64, result.value.shape(), -1);
      ir::Ints axes;
      for (std::size_t i = 0; i < result.value.rank(); ++i) axes.push_back(static_cast<std::int64_t>(i));
      const ir::Value part = ir::sum(ir::square(result.value) * ir::cast(weight + 1.0, DType::float64), axes);
      loss = loss ? loss + part : part;
    }
    ir::Values wrt = {x.value};
    for (std::size_t i = 0; i < lowering_.variables.size(); ++i) wrt.push_back(graph_.read(i));
    graph_.output("loss", loss);
    std::size_t number = 0;
    for (const ir::Value& gradient : ir::gradients(loss, wrt)) {
      check(bool(gradient), ErrorCode::internal, "no gradient of value ", number);
      graph_.output("d", gradient);
      ++number;
    }
    std::mt19937 random(7);
    inputs_.push_back(random_tensor(shape, random));
    for (const VariablePtr& variable : lowering_.variables)
      variables_.push_back(random_tensor(variable->shape(), random));
    if (masked) {
      Tensor mask(DType::boolean, {shape[0], shape[1]});
      for (std::size_t i = 0; i < mask.elements(); ++i) mask.data<bool>()[i] = i % 3 != 1;
      inputs_.push_back(std::move(mask));
    }
  }

  void check_gradients() {
    const std::vector<Tensor> results = ir::evaluate_graph(graph_, inputs_, variables_);
    std::vector<Tensor*> values = {&inputs_[0]};
    for (Tensor& variable : variables_) values.push_back(&variable);
    for (std::size_t k = 0; k < values.size(); ++k)
      for (std::size_t i = 0; i < values[k]->elements(); i += 1 + values[k]->elements() / 9) {
        constexpr double step = 1e-5;
        double& value = values[k]->data<double>()[i];
        const double before = value;
        value = before + step;
        const double above = loss();
        value = before - step;
        const double difference = (above - loss()) / (2 * step);
        value = before;
        EXPECT_NEAR(results[k + 1].values<double>()[i], difference,
                    1e-6 * std::max(1.0, std::fabs(difference)))
            << "element " << i << " of " << (k ? lowering_.variables[k - 1]->name : "x");
      }
  }

 private:
  double loss() const { return ir::evaluate_graph(graph_, inputs_, variables_)[0].values<double>()[0]; }

  LayerPtr layer_;
  ir::Graph graph_;
  Lowering lowering_;
  std::vector<Tensor> inputs_, variables_;
};

struct GradientRow {
  const char *class_name, *config;
  Shape input;
  bool masked = false;
};

TEST(RecurrentGradients, AreFiniteDifferences) {
  const GradientRow rows[] = {
      {"LSTM", R"({"units": 3, "dtype": "float64", "return_state": true})", {2, 4, 2}},
      {"LSTM",
       R"({"units": 3, "dtype": "float64", "return_sequences": true, "go_backwards": true})",
       {2, 4, 2},
       true},
      {"LSTM", R"({"units": 2, "dtype": "float64", "zero_output_for_mask": true})", {2, 4, 2}, true},
      {"GRU", R"({"units": 3, "dtype": "float64", "return_sequences": true})", {2, 4, 2}},
      {"GRU", R"({"units": 3, "dtype": "float64", "reset_after": false})", {2, 4, 2}, true},
      {"SimpleRNN", R"({"units": 3, "dtype": "float64", "return_sequences": true})", {2, 4, 2}},
      {"ConvLSTM1D", R"({"filters": 2, "kernel_size": 2, "dtype": "float64"})", {1, 3, 4, 2}},
      {"Bidirectional",
       R"({"dtype": "float64", "layer": {"class_name": "LSTM", "config": {"units": 2, "dtype": "float64",
           "return_sequences": true}}})",
       {2, 3, 2}},
  };
  for (const GradientRow& row : rows) {
    SCOPED_TRACE(cat(row.class_name, " ", row.config));
    Trained(row.class_name, row.config, row.input, row.masked).check_gradients();
  }
}

// The layer's answer to 0.1 0.2 …, with weights that count up from `first`.
std::vector<float> answer(Layer& layer, const Shape& shape) {
  ir::Graph graph;
  Lowering lowering(graph, false);
  const ir::Value x = graph.input("x", {DType::float32, ir::to_dims(shape)});
  const ir::Value y = call_layer(lowering, layer, {{x, {}}})[0].value;
  graph.output("y", y);
  graph.updates.clear();
  std::vector<Tensor> variables;
  auto ramp = [](const Shape& of, float step) {
    Tensor tensor(DType::float32, of);
    for (std::size_t i = 0; i < tensor.elements(); ++i)
      tensor.data<float>()[i] = step * static_cast<float>(i % 7 + 1);
    return tensor;
  };
  for (const VariablePtr& variable : lowering.variables) variables.push_back(ramp(variable->shape(), 0.05f));
  const Tensor found = ir::evaluate_graph(graph, {{ramp(shape, 0.1f)}}, variables)[0];
  const auto values = found.values<float>();
  return {values.begin(), values.end()};
}

const char* const gru_cell = R"({"class_name": "GRUCell", "config": {"units": 3, "name": "a"}})";

TEST(Rnn, TakesAListOfCells) {
  const std::string list = cat("[", gru_cell, ", ", gru_cell, "]");
  const LayerPtr of_list = layer("RNN", R"({"cell": )" + list + "}");
  const LayerPtr of_stack =
      layer("RNN", R"({"cell": {"class_name": "StackedRNNCells", "config": {"cells": )" + list + "}}}");
  EXPECT_EQ(answer(*of_list, {2, 3, 4}), answer(*of_stack, {2, 3, 4}));
  EXPECT_EQ(of_list->variables().size(), 6u);
}

// h' = x + 2 h
class Doubling final : public CustomLayer {
 public:
  std::vector<ops::Value> call(CustomContext&, const std::vector<ops::Value>& inputs) override {
    const ops::Value next = inputs.at(0) + inputs.at(1) * 2.0;
    return {next, next};
  }
  std::string get_config() const override { return R"({"units": 2})"; }
};
class Stateless final : public CustomLayer {
 public:
  std::vector<ops::Value> call(CustomContext&, const std::vector<ops::Value>& inputs) override {
    return {inputs.at(0)};
  }
  std::string get_config() const override { return R"({"units": 2})"; }
};
class Sizeless final : public CustomLayer {
 public:
  std::vector<ops::Value> call(CustomContext&, const std::vector<ops::Value>& inputs) override {
    return {inputs.at(0), inputs.at(1)};
  }
};

LayerPtr rnn_of(const char* cell) {
  return layer("RNN", cat(R"({"cell": {"class_name": ")", cell, R"(", "config": {"name": "mine"}}})"));
}

TEST(Rnn, RunsAUsersCell) {
  keratin::CustomObjects objects;
  objects.layer("Doubling", [](const std::string&) { return std::make_unique<Doubling>(); });
  objects.layer("Stateless", [](const std::string&) { return std::make_unique<Stateless>(); });
  objects.layer("Sizeless", [](const std::string&) { return std::make_unique<Sizeless>(); });
  const CustomScope scope(objects);
  const std::vector<float> found = answer(*rnn_of("Doubling"), {1, 2, 2});  // 0.1 0.2 then 0.3 0.4
  ASSERT_EQ(found.size(), 2u);
  EXPECT_FLOAT_EQ(found[0], 0.5f);
  EXPECT_FLOAT_EQ(found[1], 0.8f);
  EXPECT_ERROR(answer(*rnn_of("Stateless"), {1, 2, 2}), ErrorCode::unsupported, "mine");
  EXPECT_ERROR(answer(*rnn_of("Sizeless"), {1, 2, 2}), ErrorCode::unsupported, "state_size");
}

TEST(Recurrent, TakesAUsersFunctionOfAKerasName) {
  keratin::CustomObjects objects;
  for (const char* name : {"tanh", "sigmoid", "half"})
    objects.function(name, [](ops::Value x) { return x * 0.5; });
  const CustomScope scope(objects);
  for (const char* class_name : {"LSTM", "GRU"}) {
    SCOPED_TRACE(class_name);
    const auto run = [&](const char* activation, const char* recurrent) {
      return answer(*layer(class_name, cat(R"({"units": 2, "name": "r", "activation": ")", activation,
                                           R"(", "recurrent_activation": ")", recurrent, R"("})")),
                    {1, 3, 2});
    };
    const std::vector<float> named = run("half", "half");
    for (const auto& found : {run("tanh", "half"), run("half", "sigmoid"), run("tanh", "sigmoid")})
      EXPECT_EQ(found, named);
  }
}

Json upgraded(const char* class_name, const char* version) {
  serialization::ModelDocument document;
  document.file = "model";
  document.writer_version = version;
  document.config =
      parse_json(cat(R"({"class_name": "Sequential", "config": [{"class_name": ")", class_name,
                     R"(", "config": {"name": "r", "batch_input_shape": [null, 4, 3], "units": 2}}]})"),
                 "config");
  LoadReport report;
  const LayerPtr model = make_model(document, report);
  return layer_config(*sequential_config(*model).layers.back()).at("config");
}

TEST(OldRecurrent, HaveTheirOwnDefaults) {
  EXPECT_FALSE(upgraded("GRU", "2.1.6").at("reset_after").truthy());
  EXPECT_EQ(upgraded("GRU", "2.1.6").at("recurrent_activation").as_string(), "hard_sigmoid_keras_2");
  EXPECT_EQ(upgraded("LSTM", "2.1.6").at("recurrent_activation").as_string(), "hard_sigmoid_keras_2");
  EXPECT_TRUE(upgraded("CuDNNGRU", "2.1.6").at("reset_after").truthy());
  EXPECT_EQ(upgraded("CuDNNLSTM", "2.1.6").at("recurrent_activation").as_string(), "sigmoid");
}

OldWeights::Array old_array(const std::string& name, Shape shape, float first) {
  Tensor tensor(DType::float32, shape);
  for (std::size_t i = 0; i < tensor.elements(); ++i) tensor.data<float>()[i] = first + static_cast<float>(i);
  serialization::TensorEntry entry;
  entry.dtype = DType::float32;
  entry.shape = std::move(shape);
  entry.bytes = tensor.bytes();
  entry.decode = [tensor](std::span<std::byte> out) { std::memcpy(out.data(), tensor.raw(), out.size()); };
  return {name, entry};
}
std::vector<float> numbers(const OldWeights::Array& array) {
  const Tensor read = serialization::read_tensor(array.name, array.entry);
  const auto values = read.values<float>();
  return {values.begin(), values.end()};
}

TEST(OldRecurrent, JoinConvLstmsArraysPerGate) {
  const LayerPtr conv =
      layer("ConvLSTM2D", R"({"filters": 1, "kernel_size": [1, 2], "data_format": "channels_first"})");
  answer(*conv, {1, 2, 1, 3, 3});
  OldWeights old;
  old.generation = 1;
  for (float gate : {0.f, 10.f, 20.f, 30.f}) {  // i c f o; (filters, inputs, rows, columns)
    old.arrays.push_back(old_array("W", {1, 1, 1, 2}, gate));
    old.arrays.push_back(old_array("U", {1, 1, 1, 2}, gate + 100));
    old.arrays.push_back(old_array("b", {1}, gate + 200));
  }
  conv->def->convert_weights(*conv, old);
  ASSERT_EQ(old.arrays.size(), 3u);
  EXPECT_EQ(old.shape(0), (Shape{1, 2, 1, 4}));
  EXPECT_EQ(numbers(old.arrays[0]), (std::vector<float>{0, 20, 10, 30, 1, 21, 11, 31}));
  EXPECT_EQ(numbers(old.arrays[1]), (std::vector<float>{100, 120, 110, 130, 101, 121, 111, 131}));
  EXPECT_EQ(numbers(old.arrays[2]), (std::vector<float>{200, 220, 210, 230}));
}

TEST(OldRecurrent, LeaveOtherCountsAlone) {
  OldWeights old;
  old.generation = 1;
  for (int i = 0; i < 3; ++i) old.arrays.push_back(old_array("W", {2, 8}, 0));
  join_gates(old, {0, 2, 1, 3});
  EXPECT_EQ(old.arrays.size(), 3u);
  EXPECT_FALSE(is_cudnn(old, 4));
  EXPECT_TRUE(old.changes.empty());
}

}  // namespace
}  // namespace keratin::tests
