// Values in and out of models and layers, and files of weights.
#include "tests/api/api_test.h"

namespace keratin::test {
namespace {

const std::string formats = golden + "formats/";

// The golden model "built" with seven classes instead of five.
Model built_with_other_head() {
  std::string json = load_model(golden_model("built"), {.threads = 1}).to_json();
  const std::size_t at = json.find("\"units\": 5");
  EXPECT_NE(at, std::string::npos);
  return model_from_json(json.replace(at, 10, "\"units\": 7"));
}

TEST(Weights, OfAModelAndOfItsLayers) {
  Model model = load_model(golden_model("built"), {.threads = 1});
  Layer norm = model.get_layer("norm");
  EXPECT_EQ(norm.weight_names(),
            (std::vector<std::string>{"gamma", "beta", "moving_mean", "moving_variance"}));
  std::vector<Tensor> values = norm.get_weights();
  ASSERT_EQ(values.size(), 4u);
  values[1] = values[1].clone();
  values[1].data<float>()[0] += 1;
  norm.set_weights(values);
  EXPECT_EQ(norm.get_weights()[1].values<float>()[0], values[1].values<float>()[0]);
  values[1].data<float>()[0] += 1;  // the caller's tensor stays the caller's
  EXPECT_NE(norm.get_weights()[1].values<float>()[0], values[1].values<float>()[0]);

  const std::vector<VariableSpec> specs = model.variables();
  const std::vector<Tensor> all = model.get_weights();
  ASSERT_EQ(specs.size(), all.size());
  for (std::size_t i = 0; i < specs.size(); ++i) EXPECT_EQ(specs[i].shape, all[i].shape());
  EXPECT_EQ(specs[0].path, "conv/kernel");
}

TEST(Weights, RefusedWhole) {
  Model model = load_model(golden_model("built"), {.threads = 1});
  const Tensor x = golden_input("built");
  std::vector<Tensor> values = model.get_weights();
  std::vector<Tensor> fewer(values.begin(), values.end() - 1);
  expect_error(ErrorCode::invalid_argument, "weights given", [&] { model.set_weights(fewer); });
  std::vector<Tensor> wrong = values;
  wrong[0] = Tensor::zeros(wrong[0].dtype(), wrong[0].shape());
  wrong.back() = Tensor::zeros(DType::float32, {1});
  expect_error(ErrorCode::invalid_argument, "expected", [&] { model.set_weights(wrong); });
  wrong.back() = Tensor::zeros(DType::float64, values.back().shape());
  expect_error(ErrorCode::invalid_argument, "float64", [&] { model.set_weights(wrong); });
  expect_near(model.predict(x), golden_output("built"));
}

TEST(Weights, TrainableChangesWhatIsTrainable) {
  Model model = load_model(golden_model("built"), {.threads = 1});
  auto count = [&] {
    std::size_t trainable = 0;
    for (const VariableSpec& v : model.variables()) trainable += v.trainable;
    return trainable;
  };
  EXPECT_EQ(count(), 6u);
  model.get_layer("norm").set_trainable(false);
  EXPECT_EQ(count(), 4u);
  model.set_trainable(false);
  EXPECT_EQ(count(), 0u);
  EXPECT_FALSE(model.get_layer("head").trainable());
}

// Keras' BatchNormalization uses its statistics, not the batch's, while it is frozen.
TEST(Weights, FrozenNormalizationPredictsTheSameInTraining) {
  Model model = load_model(golden_model("built"), {.threads = 1});
  const Tensor x = golden_input("built");
  const Tensor training = model.predict(x, {.training = true});
  EXPECT_GT(std::fabs(training.values<float>()[0] - golden_output("built").values<float>()[0]), 1e-4);
  model.get_layer("norm").set_trainable(false);
  expect_near(model.predict(x, {.training = true}), golden_output("built"));
}

TEST(Weights, FromAFile) {
  for (const char* file : {"cnn.weights.h5", "cnn.keras", "cnn.h5"}) {
    SCOPED_TRACE(file);
    Model model = load_model(formats + "cnn.json", {.threads = 1, .initialise = true, .seed = 5});
    const Tensor expected = read_npz(formats + "cnn.out.npz")[0].second;
    const Tensor x = read_npz(formats + "cnn.in.npz")[0].second;
    EXPECT_GT(std::fabs(model.predict(x).values<float>()[0] - expected.values<float>()[0]), 1e-4);
    model.load_weights(formats + file);
    expect_near(model.predict(x), expected);
  }
}

TEST(Weights, OfAnotherModelAreRefusedWhole) {
  Model model = load_model(formats + "cnn.keras", {.threads = 1});
  const Tensor x = read_npz(formats + "cnn.in.npz")[0].second;
  const Tensor before = model.predict(x);
  expect_error(ErrorCode::data_mismatch, "mlp", [&] { model.load_weights(formats + "mlp.weights.h5"); });
  expect_error(ErrorCode::data_mismatch, "weights", [&] { model.load_weights(formats + "mlp.json"); });
  expect_near(model.predict(x), before, 0);
}

TEST(Weights, SkipMismatchLeavesTheRest) {
  Model model = built_with_other_head();
  expect_error(ErrorCode::data_mismatch, "head", [&] { model.load_weights(golden_model("built")); });
  const std::vector<Tensor> before = model.get_weights();
  model.load_weights(golden_model("built"), {.skip_mismatch = true});
  const Model keras = load_model(golden_model("built"), {.threads = 1});
  expect_near(model.get_layer("conv").get_weights()[0], keras.get_layer("conv").get_weights()[0], 0);
  expect_near(model.get_layer("head").get_weights()[0], before[6], 0);
  std::string report;
  for (const std::string& line : model.report()) report += line + "\n";
  EXPECT_NE(report.find("left as it was: head/kernel"), std::string::npos) << report;
}

TEST(Weights, ByName) {
  const Model whole = load_model(formats + "cnn.h5", {.threads = 1});
  Layer found;
  for (const Layer& layer : whole.layers())
    if (!layer.get_weights().empty()) found = layer;  // the last one with weights
  ASSERT_FALSE(found.get_weights().empty());
  const SymbolicTensor input = found.input();
  Shape shape = input.shape();
  shape.erase(shape.begin());
  Model part = Sequential(Input(shape), {Layer::from_config(found.get_config())});
  expect_error(ErrorCode::data_mismatch, "", [&] { part.load_weights(formats + "cnn.h5"); });
  part.load_weights(formats + "cnn.h5", {.by_name = true});
  expect_near(part.get_weights()[0], found.get_weights()[0], 0);
}

TEST(Weights, ListedWithoutAModel) {
  const StoredVariables bare = read_variables(formats + "cnn.weights.h5");
  const StoredVariables whole = read_variables(formats + "cnn.keras");
  EXPECT_EQ(bare.variables.size(), whole.variables.size());
  ASSERT_FALSE(bare.variables.empty());
  EXPECT_EQ(bare.variables.size(), bare.values.size());
}

TEST(Weights, SurviveSaving) {
  const Model model = load_model(golden_model("built"), {.threads = 1});
  const std::string path = testing::TempDir() + "/keratin_api_saved.keras";
  model.save(path);
  const Model again = load_model(path, {.threads = 1});
  expect_near(again.predict(golden_input("built")), golden_output("built"));
  expect_error(ErrorCode::unsupported, ".keras", [&] { model.save(testing::TempDir() + "/model.onnx"); });
}

}  // namespace
}  // namespace keratin::test
