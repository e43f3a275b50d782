// What is written into files of Keras 3: nothing that Keras 3 doesn't know, and the answers of the model.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "../serialization/expect_error.h"
#include "keratin/keratin.h"
#include "runtime/keras/make.h"
#include "serialization/document.h"

namespace keratin::tests {
namespace {

using serialization::Json;

const std::string golden = KERATIN_TEST_DATA "/golden/formats/";

std::string temporary(const char* name) { return testing::TempDir() + name; }

Tensor numbers(Shape shape, float scale) {
  Tensor x(DType::float32, std::move(shape));
  for (std::size_t i = 0; i < x.elements(); ++i)
    x.data<float>()[i] = scale * std::sin(0.7f * static_cast<float>(i) + 0.3f);
  return x;
}

void give_weights(Model& model, float scale) {
  std::vector<Tensor> weights;
  for (const Tensor& weight : model.get_weights()) weights.push_back(numbers(weight.shape(), scale));
  model.set_weights(weights);
}

void expect_near(const Tensor& found, const Tensor& wanted, double tolerance) {
  ASSERT_EQ(found.shape(), wanted.shape());
  for (std::size_t i = 0; i < wanted.elements(); ++i)
    ASSERT_NEAR(found.data<float>()[i], wanted.data<float>()[i], tolerance) << "element " << i;
}

std::string sequential(const std::string& layers) {
  return R"({"class_name": "Sequential", "config": {"name": "s", "layers": [)" + layers + "]}}";
}

std::string saved_config(const Model& model, const std::string& path) {
  model.save(path, {.flavour = "keras3"});
  return serialization::print_json(serialization::read_document(path).config);
}

// clip(0.2 x + 0.5), which Keras 3 has no function for.
TEST(Save, HardSigmoidOfKeras2) {
  Model model = model_from_json(sequential(
      R"({"class_name": "Dense", "config": {"name": "d", "units": 4, "activation": "hard_sigmoid",
          "batch_input_shape": [null, 3]}},
         {"class_name": "Activation", "config": {"name": "a", "activation": "hard_sigmoid"}})"));
  give_weights(model, 5);
  const Tensor x = numbers({4, 3}, 4), y = model.predict(x);
  const std::string path = temporary("hard_sigmoid.keras");
  const std::string config = saved_config(model, path);
  EXPECT_EQ(config.find("keras_2"), std::string::npos) << config;
  EXPECT_EQ(model.to_json().find("keras_2"), std::string::npos);
  EXPECT_EQ(model.get_layer("d").get_config().find("keras_2"), std::string::npos);
  const Model again = load_model(path);
  expect_near(again.predict(x), y, 1e-6);
  bool low = false, high = false;  // the test means something: both limits are reached
  for (float v : y.values<float>()) low |= v<0.55f, high |= v> 0.69f;
  EXPECT_TRUE(low && high);
  EXPECT_EQ(saved_config(again, temporary("hard_sigmoid_2.keras")), config);
}

TEST(Save, KeysOfOlderVersionsStayOut) {
  const std::string rnn =
      R"({"class_name": "SimpleRNN", "config": {"name": "r", "units": 2, "time_major": false,
      "batch_input_shape": [null, 4, 3]}})";
  const Model old = model_from_json(sequential(rnn));
  EXPECT_EQ(saved_config(old, temporary("kept.keras")).find("time_major"), std::string::npos);
}

TEST(Save, KeysOfANewerKeras3Stay) {
  const std::string text = sequential(
      R"({"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 3]}},
         {"class_name": "Dense", "config": {"name": "d", "units": 2, "of_tomorrow": false}})");
  EXPECT_NE(saved_config(model_from_json(text), temporary("newer.keras")).find("of_tomorrow"),
            std::string::npos);
}

TEST(Save, ThresholdedReluIsRelu) {
  const Model model = model_from_json(sequential(
      R"({"class_name": "ThresholdedReLU", "config": {"name": "t", "theta": 0.5, "batch_input_shape": [null, 4]}})"));
  const Tensor x = Tensor::of<float>({1, 4}, {-1, 0.25, 0.5, 0.75});
  const Tensor wanted = Tensor::of<float>({1, 4}, {0, 0, 0, 0.75});
  expect_near(model.predict(x), wanted, 0);
  const std::string config = saved_config(model, temporary("threshold.keras"));
  EXPECT_EQ(config.find("theta"), std::string::npos) << config;
  expect_near(load_model(temporary("threshold.keras")).predict(x), wanted, 0);
}

// Keras makes its tensors of these before it calls a layer; older files don't have them.
TEST(Save, TensorsOfNodesHaveShapeAndDtype) {
  const Model model = load_model(golden + "two_by_two_tf_keras.h5");
  const std::string config = saved_config(model, temporary("shapes.keras"));
  EXPECT_NE(config.find(R"({"shape": [null, 4], "dtype": "float32", "keras_history": ["a", 0, 0]})"),
            std::string::npos)
      << config;
}

TEST(Save, RefusesClassesThatKeras3LacksAndRulesThatItChanged) {
  struct Row {
    const char* file;
    const char* says;
  };
  for (const Row& row : {Row{"op_lambda_tf_keras.h5", "has no class TFOpLambda"},
                         Row{"keras_1_2_merge.h5", "has no class Merge"},
                         Row{"masked_merges_tf_keras.h5", "joins different masks"},
                         Row{"masked_layers_tf_keras.h5", "used again after attention"}}) {
    const Model model = load_model(golden + row.file);
    const std::string path = temporary("refused.keras");
    std::filesystem::remove(path);
    EXPECT_ERROR(model.save(path, {.flavour = "keras3"}), ErrorCode::unsupported, row.says);
    EXPECT_FALSE(std::filesystem::exists(path));
  }
}

// A model made of an older file's layers is no better.
TEST(Save, RefusesChangedRulesInModelsMadeOfOldLayers) {
  const Model old = load_model(golden + "masked_merges_tf_keras.h5");
  const Model part(old.inputs(), old.get_layer("rnn_add").output());
  EXPECT_ERROR(part.save(temporary("part.keras")), ErrorCode::unsupported, "joins different masks");
}

TEST(Save, LowRankWeightsGoIntoTheirKernels) {
  Model model = load_model(golden + "low_rank.keras");
  const Tensor tokens = read_npz(golden + "low_rank.in.npz")[0].second;
  give_weights(model, 0.5);
  const Tensor y = model.predict(tokens);
  const std::string path = temporary("low_rank.keras");
  model.save(path);
  const Model again = load_model(path);
  expect_near(again.predict(tokens), y, 1e-5);
  const std::vector<Tensor> weights = again.get_weights();
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (again.variables()[i].path.find("lora_") != std::string::npos)
      expect_near(weights[i], Tensor::zeros(DType::float32, weights[i].shape()), 0);
  model.load_weights(path);  // the sums replace the kernels, so the low-rank weights must not count again
  expect_near(model.predict(tokens), y, 1e-5);
}

TEST(Load, ClassesOfUsersAreNotKerasOwn) {
  const char* const origins[] = {R"("module": null, "registered_name": "my_package>Dense")",
                                 R"("module": "__main__", "registered_name": "Dense")"};
  for (const char* origin : origins) {
    const std::string dense =
        std::string(R"({"class_name": "Dense", "config": {"name": "d", "units": 2}, )") + origin + "}";
    EXPECT_ERROR(keras::make_layer(serialization::parse_json(dense, "dense")), ErrorCode::unsupported,
                 "register it with CustomObjects");
    const std::string model = sequential(
        R"({"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 3]}}, )" + dense);
    EXPECT_ERROR(model_from_json(model), ErrorCode::unsupported, "unknown classes: ");
  }
}

}  // namespace
}  // namespace keratin::tests
