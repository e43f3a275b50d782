// Building models: with layers, from other models' layers and tensors, from JSON; always against the same
// model that real Keras wrote.
#include "runtime/keras/weights.h"
#include "tests/api/api_test.h"

namespace keratin::test {
namespace {

using serialization::Json;

// Initializers by name, without what Keras notes while it builds and calls: these say the same.
Json plain(const Json& json) {
  if (json.is_array()) {
    Json::Array items;
    for (const Json& item : json.as_array()) items.push_back(plain(item));
    // One input or output: newer Keras writes the reference bare, older ones read it only in a list.
    const bool reference = items.size() == 1 && items[0].is_array() && items[0].as_array().size() == 3 &&
                           items[0].as_array()[0].is_string();
    return reference ? items[0] : Json(items);
  }
  if (!json.is_object()) return json;
  const Json* module = json.find("module");
  if (module && module->is_string() && module->as_string() == "keras.initializers")
    return keras::snake_case(json.at("class_name").as_string());
  Json::Object members;
  for (const auto& [key, value] : json.as_object())
    if (key != "build_config" && !(key == "mask" && value.is_null())) members.emplace_back(key, plain(value));
  return members;
}
std::string essence(const std::string& config) {
  return serialization::print_json(plain(serialization::parse_json(config, "config")), 1);
}

// What tools/goldens/api.py calls "built".
Model built() {
  const SymbolicTensor image = Input({8, 8, 3}, {.name = "image"});
  SymbolicTensor x = layers::Conv2D(
      {.filters = 4, .kernel_size = {3}, .padding = "same", .activation = "relu", .name = "conv"})(image);
  x = layers::BatchNormalization({.name = "norm"})(x);
  x = layers::MaxPooling2D({.pool_size = {2, 2}, .name = "pool"})(x);
  const SymbolicTensor y = layers::GlobalAveragePooling2D({.name = "avg_pool"})(x);
  const SymbolicTensor z = layers::GlobalMaxPooling2D({.name = "max_pool"})(x);
  x = layers::Concatenate({.name = "both"})({y, z});
  return Model(image, layers::Dense({.units = 5, .activation = "softmax", .name = "head"})(x), "built");
}

TEST(Build, FunctionalIsTheModelThatKerasBuilt) {
  const Model keras = load_model(golden_model("built"), {.threads = 1});
  Model model = built();
  EXPECT_EQ(essence(model.get_config()), essence(keras.get_config()));
  EXPECT_EQ(model.summary(), keras.summary());
  model.set_weights(keras.get_weights());
  expect_near(model.predict(golden_input("built")), golden_output("built"));
}

TEST(Build, SequentialIsTheModelThatKerasBuilt) {
  const Model keras = load_model(golden_model("chain"), {.threads = 1});
  Model model = Sequential(
      Input({4}, {.name = "x"}),
      {layers::Dense({.units = 8, .activation = "gelu", .name = "first"}),
       layers::Dropout({.rate = 0.5, .name = "dropout"}), layers::Dense({.units = 3, .name = "last"})},
      "chain");
  EXPECT_EQ(model.summary(), keras.summary());
  model.set_weights(keras.get_weights());
  expect_near(model.predict(golden_input("chain")), golden_output("chain"));
}

TEST(Build, JsonGivesTheSameModel) {
  const Model keras = load_model(golden_model("built"), {.threads = 1});
  for (Model again : {model_from_json(keras.to_json()), Model::from_config(keras.get_config())}) {
    EXPECT_EQ(again.get_config(), keras.get_config());
    EXPECT_TRUE(again.report().empty());
    again.set_weights(keras.get_weights());
    expect_near(again.predict(golden_input("built")), golden_output("built"));
  }
}

TEST(Build, InitialisersAreSeeded) {
  const std::string json = built().to_json();
  auto kernel = [&](std::uint64_t seed) { return model_from_json(json, {.seed = seed}).get_weights()[0]; };
  expect_near(kernel(1), kernel(1), 0);
  EXPECT_NE(kernel(1).values<float>()[0], kernel(2).values<float>()[0]);
}

TEST(Build, SubModelsMeetInTheSameTensors) {
  Model base = load_model(golden_model("built"), {.threads = 1});
  const Tensor x = golden_input("built");
  const Model features(base.inputs(),
                       {base.get_layer("avg_pool").output(), base.get_layer("max_pool").output()});
  EXPECT_EQ(features.layers().size(), 6u);  // each layer once
  const NamedTensors y = features.predict(NamedTensors{{"x", x}});
  ASSERT_EQ(y.size(), 2u);
  EXPECT_EQ(y[0].first, "avg_pool");

  // The rest of the model on these features gives the whole model's answer.
  const SymbolicTensor in = Input({8});
  const Model head(in, base.get_layer("head")(in));
  Tensor both(DType::float32, {x.dim(0), 8});
  for (std::int64_t row = 0; row < x.dim(0); ++row)
    for (std::size_t part = 0; part < 2; ++part)
      std::copy_n(y[part].second.data<float>() + row * 4, 4,
                  both.data<float>() + row * 8 + static_cast<std::int64_t>(part) * 4);
  expect_near(head.predict(both), golden_output("built"));
}

TEST(Build, ANewHeadSharesTheBase) {
  Model base = load_model(golden_model("built"), {.threads = 1});
  base.set_trainable(false);
  const SymbolicTensor head = layers::Dense({.units = 2, .activation = "softmax", .name = "new_head"})(
      base.get_layer("avg_pool").output());
  const Model tuned(base.inputs(), head);
  const Tensor x = golden_input("built");
  const Tensor before = tuned.predict(x);
  EXPECT_EQ(before.shape(), (Shape{5, 2}));
  std::size_t trainable = 0;
  for (const VariableSpec& v : tuned.variables()) trainable += v.trainable;
  EXPECT_EQ(trainable, 2u);

  Layer conv = base.get_layer("conv");
  std::vector<Tensor> zeros;
  for (const Tensor& w : conv.get_weights()) zeros.push_back(Tensor::zeros(w.dtype(), w.shape()));
  conv.set_weights(zeros);
  const Tensor after = tuned.predict(x);
  EXPECT_NE(after.values<float>()[0], before.values<float>()[0]);
}

TEST(Build, SequentialOfAnotherModelsLayers) {
  const Model chain = load_model(golden_model("chain"), {.threads = 1});
  const std::vector<Layer> layers = chain.layers();
  std::vector<Layer> first(layers.begin(), layers.end() - 1);
  const Model shorter = Sequential(first);
  const Tensor x = golden_input("chain");
  const Tensor middle = shorter.predict(x);
  EXPECT_EQ(middle.shape(), (Shape{5, 8}));
  const Model last = Sequential(Input({8}), {chain.get_layer("last")});
  expect_near(last.predict(middle), golden_output("chain"));
}

TEST(Build, ModelsAreLayers) {
  const Model inner = load_model(golden_model("chain"), {.threads = 1});
  const SymbolicTensor in = Input({4});
  const Model outer(in, inner(in));
  expect_near(outer.predict(golden_input("chain")), golden_output("chain"));
  EXPECT_EQ(outer.get_layer("chain").layers().size(), inner.layers().size());
}

TEST(Build, CloneHasOwnValues) {
  const Model model = load_model(golden_model("built"), {.threads = 1});
  Model clone = clone_model(model);
  EXPECT_EQ(clone.get_config(), model.get_config());
  EXPECT_NE(clone.get_weights()[0].values<float>()[0], model.get_weights()[0].values<float>()[0]);
  clone.set_weights(model.get_weights());
  expect_near(clone.predict(golden_input("built")), golden_output("built"));
}

TEST(Build, LayerConfigsComeBack) {
  const Model model = load_model(golden_model("built"), {.threads = 1});
  for (const Layer& layer : model.layers()) {
    const std::string config = layer.get_config();
    EXPECT_EQ(Layer::from_config(config).get_config(), config);
  }
  expect_error(ErrorCode::unsupported, "Nowhere",
               [] { Layer::from_config(R"({"class_name": "Nowhere", "config": {"name": "a"}})"); });
}

TEST(Build, OptionsThatALayerCantTake) {
  const SymbolicTensor x = Input({4});
  expect_error(ErrorCode::invalid_argument, "units", [&] { layers::Dense({.units = -1})(x); });
  expect_error(ErrorCode::unsupported, "wobble", [] { layers::Dense({.units = 1, .activation = "wobble"}); });
  expect_error(ErrorCode::invalid_argument, "dense_bad",
               [&] { layers::Dense({.units = 2, .name = "dense_bad"})(Input({-1})); });
  expect_error(ErrorCode::invalid_argument, "add_bad", [&] {
    layers::Add({.name = "add_bad"})({Input({3}), Input({4})});
  });
}

TEST(Build, ModelsNeedAllTheirInputs) {
  const SymbolicTensor a = Input({4}, {.name = "a"}), b = Input({4}, {.name = "b"});
  const SymbolicTensor sum = layers::Add({})({a, b});
  expect_error(ErrorCode::invalid_argument, "\"b\"", [&] { Model(a, sum); });
  expect_error(ErrorCode::invalid_argument, "empty", [] {
    Model().predict(Tensor::zeros(DType::float32, {1, 4}));
  });
}

}  // namespace
}  // namespace keratin::test
