// compile from C++: what it takes, what it refuses, and that training then does what was asked.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>

#include "keratin/keratin.h"

namespace keratin {
namespace {

Tensor wave(Shape shape, float scale) {
  Tensor made(DType::float32, std::move(shape));
  for (std::size_t i = 0; i < made.elements(); ++i)
    made.data<float>()[i] = scale * std::sin(1.7f * static_cast<float>(i));
  return made;
}

Model small(const std::string& activation = "tanh") {
  const SymbolicTensor x = Input({3});
  const SymbolicTensor hidden = layers::Dense({.units = 4, .activation = activation, .name = "hidden"})(x);
  return Model(x, layers::Dense({.units = 2, .name = "out"})(hidden));
}
const FitOptions quiet{.batch_size = 4, .epochs = 3, .verbose = Verbose::silent};

ErrorCode code_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& e) {
    return e.code();
  }
  return ErrorCode::internal;
}

TEST(Compile, TrainsWithObjectsAndNames) {
  Model model = small();
  EXPECT_FALSE(model.compiled());
  model.compile({.optimizer = Adam({.learning_rate = 0.05}),
                 .loss = losses::MeanSquaredError(),
                 .metrics = {"mae", metrics::RootMeanSquaredError({.name = "rmse"})}});
  const Dataset data(wave({8, 3}, 1), wave({8, 2}, 0.5f));
  const History history = model.fit(data, quiet);
  EXPECT_EQ(history["loss"].size(), 3u);
  EXPECT_EQ(history["rmse"].size(), 3u);
  EXPECT_EQ(history.batch_loss.size(), 6u);
  EXPECT_LT(history["loss"][2], history["loss"][0]);
  EXPECT_EQ(model.iterations(), 6);
  EXPECT_NEAR(model.learning_rate(), 0.05, 1e-8);
  model.set_learning_rate(0);
  const std::vector<Tensor> before = model.get_weights();
  model.train_on_batch(data);
  EXPECT_EQ(std::memcmp(before[0].raw(), model.get_weights()[0].raw(), before[0].bytes()), 0);
}

TEST(Compile, SchedulesAreTheLearningRate) {
  Model model = small();
  model.compile({.optimizer = SGD({.learning_rate = schedules::ExponentialDecay(
                                       {.initial_learning_rate = 0.1, .decay_steps = 2, .decay_rate = 0.5})}),
                 .loss = "mse"});
  model.fit(Dataset(wave({8, 3}, 1), wave({8, 2}, 1)), quiet);
  EXPECT_EQ(code_of([&] { model.set_learning_rate(1); }), ErrorCode::invalid_argument);
}

TEST(Compile, RefusesWhatIsUnknownAndStaysAsItWas) {
  Model model = small();
  EXPECT_EQ(code_of([&] { model.compile({.loss = "no_such_loss"}); }), ErrorCode::unsupported);
  EXPECT_EQ(code_of([&] { model.compile({.optimizer = "no_such", .loss = "mse"}); }), ErrorCode::unsupported);
  EXPECT_EQ(code_of([&] { model.compile({.loss = "mse", .metrics = {"no_such"}}); }), ErrorCode::unsupported);
  EXPECT_EQ(code_of([&] { model.compile({.loss = {{"nowhere", "mse"}}}); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { model.compile({.loss = losses::Huber({.reduction = "?"})}); }),
            ErrorCode::invalid_argument);
  EXPECT_FALSE(model.compiled());
  EXPECT_EQ(code_of([&] {
              model.fit(Dataset(wave({4, 3}, 1), wave({4, 2}, 1)), quiet);
            }),
            ErrorCode::invalid_argument);
}

TEST(Compile, RefusesDataThatDoesNotFitAndStaysAsItWas) {
  Model model = small("softmax");
  model.compile({.optimizer = "sgd", .loss = "sparse_categorical_crossentropy"});
  const std::vector<Tensor> before = model.get_weights();
  const Tensor x = wave({4, 3}, 1);
  const Tensor labels = Tensor::of<std::int32_t>({4}, {0, 1, 0, 1});
  const auto refused = [&](const Dataset& data) { return code_of([&] { model.fit(data, quiet); }); };
  EXPECT_EQ(refused(Dataset(x, Tensor::of<std::int32_t>({4}, {0, 1, 2, 1}))), ErrorCode::data_mismatch);
  EXPECT_EQ(refused(Dataset(x, Tensor::of<std::int32_t>({4}, {0, 1, -1, 1}))), ErrorCode::data_mismatch);
  EXPECT_EQ(refused(Dataset(x, Tensor::of<std::int32_t>({3}, {0, 1, 1}))), ErrorCode::data_mismatch);
  EXPECT_EQ(refused(Dataset(Arrays{{{"x", x}}})), ErrorCode::data_mismatch);
  EXPECT_EQ(refused(Dataset(Arrays{{{"z", x}}, {{"y", labels}}})), ErrorCode::data_mismatch);
  EXPECT_EQ(refused(Dataset()), ErrorCode::data_mismatch);
  EXPECT_EQ(refused(Dataset(wave({0, 3}, 1), wave({0}, 1))), ErrorCode::data_mismatch);
  EXPECT_EQ(refused(Dataset(wave({4, 5}, 1), labels)), ErrorCode::data_mismatch);
  const std::vector<Tensor> after = model.get_weights();
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_EQ(std::memcmp(before[i].raw(), after[i].raw(), before[i].bytes()), 0);
  EXPECT_EQ(model.iterations(), 0);
}

// What "accuracy" is, is seen from the first targets that fit.
TEST(Compile, TargetsThatDoNotFitLeaveNothing) {
  Model model = small("softmax");
  model.compile({.optimizer = "sgd", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  const Tensor x = wave({4, 3}, 1);
  EXPECT_EQ(code_of([&] { model.train_on_batch(Dataset(x, wave({4, 2}, 1))); }), ErrorCode::data_mismatch);
  const Logs logs = model.train_on_batch(Dataset(x, Tensor::of<std::int32_t>({4}, {0, 1, 0, 1})));
  EXPECT_EQ(std::fmod(4 * logs[0].second, 1), 0) << logs[0].first;
}

// A predictor made before training answers as before; one made after it doesn't.
TEST(Compile, PredictorsKeepTheirWeights) {
  Model model = small();
  model.compile({.optimizer = "adam", .loss = "mse"});
  const Dataset data(wave({8, 3}, 1), wave({8, 2}, 1));
  model.train_on_batch(data);
  const Predictor old = model.predictor();
  const Tensor x = wave({2, 3}, 1), before = model.predict(x);
  model.train_on_batch(data);
  std::vector<Tensor> outputs;
  old.context().run({x}, outputs);
  EXPECT_EQ(std::memcmp(outputs[0].raw(), before.raw(), before.bytes()), 0);
  EXPECT_NE(std::memcmp(model.predict(x).raw(), before.raw(), before.bytes()), 0);
}

TEST(Compile, CustomLossesAndMetricsByName) {
  const LossFunction absolute = [](ops::Value y_true, ops::Value y_pred) {
    return ops::mean(ops::unary("abs", y_true - y_pred), {-1});
  };
  Model mine = small(), theirs = clone_model(mine);
  theirs.set_weights(mine.get_weights());
  mine.compile(
      {.optimizer = "sgd", .loss = Loss("mine", absolute), .metrics = {Metric("also_mine", absolute)}});
  theirs.compile({.optimizer = "sgd", .loss = "mae", .metrics = {"mae"}});
  const Dataset data(wave({8, 3}, 1), wave({8, 2}, 1));
  const Logs a = mine.train_on_batch(data), b = theirs.train_on_batch(data);
  EXPECT_EQ(a[0].first, "also_mine");
  EXPECT_FLOAT_EQ(a[0].second, b[1].second);
  EXPECT_FLOAT_EQ(a[1].second, b[0].second);
}

TEST(Compile, CustomInitializersByName) {
  CustomObjects mine;
  mine.initializer("my_package>sevens", [](const Shape& shape, DType dtype, std::uint64_t) {
    Tensor made(dtype, shape);
    for (std::size_t i = 0; i < made.elements(); ++i) made.data<float>()[i] = 7;
    return made;
  });
  const char* const json = R"({"class_name": "Sequential", "config": {"name": "m", "layers": [
      {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 2]}},
      {"class_name": "Dense", "config": {"name": "d", "units": 1, "kernel_initializer":
        {"class_name": "Sevens", "config": {}, "registered_name": "my_package>sevens"}}}]}})";
  const Model model = model_from_json(json, {.custom_objects = mine});
  const std::vector<Tensor> weights = model.get_weights();
  EXPECT_EQ(weights[0].values<float>()[0], 7);
  EXPECT_EQ(code_of([&] { model_from_json(json); }), ErrorCode::unsupported);
}

// A layer that fines its input and tells its mean.
class Fine final : public CustomLayer {
 public:
  explicit Fine(const std::string&) {}
  std::vector<ops::Value> call(CustomContext& context, const std::vector<ops::Value>& inputs) override {
    context.add_loss(ops::sum(inputs[0] * inputs[0], {0, 1}) * 0.5);
    context.add_metric("height", inputs[0]);
    return inputs;
  }
};

TEST(Compile, LossesAndMetricsOfLayers) {
  CustomObjects mine;
  mine.layer<Fine>("Fine");
  Model model = model_from_json(
      R"({"class_name": "Sequential", "config": {"name": "m", "layers": [
          {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 2]}},
          {"class_name": "Fine", "config": {"name": "fine"}}]}})",
      {.custom_objects = mine});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  const Tensor x = Tensor::of<float>({2, 2}, {1, 2, 3, 6});
  const Logs logs = model.test_on_batch(Dataset(x, Tensor::of<float>({2, 2}, {0, 2, 3, 6})));
  ASSERT_EQ(logs.size(), 2u);
  EXPECT_EQ(logs[0].first, "height");
  EXPECT_FLOAT_EQ(logs[0].second, 3);
  EXPECT_FLOAT_EQ(logs[1].second, 0.25f + 25);
}

TEST(Compile, LossesAndMetricsOfTensors) {
  Model model = small(), plain = clone_model(model);
  plain.set_weights(model.get_weights());
  model.add_loss(model.get_layer("hidden").output());
  model.add_metric(model.get_layer("hidden").output(), "height");
  const Tensor x = wave({4, 3}, 1), y = wave({4, 2}, 1);
  EXPECT_EQ(std::memcmp(model.predict(x).raw(), plain.predict(x).raw(), 32), 0);
  const Model hidden(model.inputs(), model.get_layer("hidden").output());
  const Tensor heights = hidden.predict(x);
  double sum = 0;
  for (const float value : heights.values<float>()) sum += value;
  for (Model* each : {&model, &plain}) each->compile({.optimizer = "sgd", .loss = "mse"});
  const Logs found = model.train_on_batch(Dataset(x, y)), without = plain.train_on_batch(Dataset(x, y));
  EXPECT_EQ(found[0].first, "height");
  EXPECT_NEAR(found[0].second, sum / 16, 1e-5);
  EXPECT_NEAR(found[1].second, without[0].second + sum, 1e-5) << sum << " " << without[0].second;
  EXPECT_EQ(code_of([&] { model.add_loss(model.get_layer("hidden").output()); }),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { model.save(testing::TempDir() + "added.keras"); }), ErrorCode::unsupported);
}

}  // namespace
}  // namespace keratin
