// A user's layer and activation, by the names that real Keras wrote into the file.
#include "tests/api/api_test.h"

namespace keratin::test {
namespace {

class Scale final : public CustomLayer {
 public:
  explicit Scale(const std::string& config) : config_(config) {
    const std::size_t at = config.find("\"factor\":");
    if (at == std::string::npos) throw Error(ErrorCode::corrupt_file, "no factor in " + config);
    factor_ = std::stod(config.substr(at + 9));
  }
  void build(CustomContext& context, const std::vector<Shape>& shapes) override {
    context.add_weight("scale", {shapes.at(0).back()}, "ones", true);
    context.add_weight("offset", {shapes.at(0).back()}, "zeros", true);
  }
  std::vector<ops::Value> call(CustomContext& context, const std::vector<ops::Value>& inputs) override {
    return {inputs.at(0) * factor_ * context.weight("scale") + context.weight("offset")};
  }
  std::string get_config() const override { return config_; }

 private:
  std::string config_;
  double factor_ = 1;
};

ops::Value squash(ops::Value x) { return x / (ops::unary("abs", x) + 1.0); }

CustomObjects mine() {
  CustomObjects objects;
  objects.layer<Scale>("my_package>Scale");
  objects.function("my_package>squash", squash);
  return objects;
}

TEST(Custom, AsAnArgument) {
  const Model model = load_model(golden_model("custom"), {.threads = 1, .custom_objects = mine()});
  expect_near(model.predict(golden_input("custom")), golden_output("custom"));
  EXPECT_EQ(model.get_layer("scale").class_name(), "Scale");
  EXPECT_EQ(model.variables()[0].path, "scale/scale");
}

TEST(Custom, InAScope) {
  const CustomObjects objects = mine();
  {
    const CustomScope scope(objects);
    expect_near(load_model(golden_model("custom"), {.threads = 1}).predict(golden_input("custom")),
                golden_output("custom"));
  }
  expect_error(ErrorCode::unsupported, "my_package>Scale", [] { load_model(golden_model("custom")); });
}

TEST(Custom, NamesMayLeaveOutThePackage) {
  CustomObjects objects;
  objects.layer<Scale>("Scale");
  objects.function("squash", squash);
  const Model model = load_model(golden_model("custom"), {.threads = 1, .custom_objects = objects});
  expect_near(model.predict(golden_input("custom")), golden_output("custom"));
}

TEST(Custom, TheFunctionIsNamedWhenItIsMissing) {
  CustomObjects objects;
  objects.layer<Scale>("my_package>Scale");
  expect_error(ErrorCode::unsupported, "squash",
               [&] { load_model(golden_model("custom"), {.custom_objects = objects}); });
}

TEST(Custom, SavesClonesAndComesBack) {
  const CustomObjects objects = mine();
  const Model model = load_model(golden_model("custom"), {.threads = 1, .custom_objects = objects});
  const std::string path = testing::TempDir() + "/keratin_api_custom.keras";
  model.save(path);
  expect_near(load_model(path, {.threads = 1, .custom_objects = objects}).predict(golden_input("custom")),
              golden_output("custom"));
  Model clone = clone_model(model);
  clone.set_weights(model.get_weights());
  expect_near(clone.predict(golden_input("custom")), golden_output("custom"));
  Model again = Model::from_config(model.get_config(), objects);
  again.set_weights(model.get_weights());
  expect_near(again.predict(golden_input("custom")), golden_output("custom"));
  const std::string config = model.get_layer("scale").get_config();
  EXPECT_NE(config.find("\"factor\": 2.5"), std::string::npos) << config;
  EXPECT_NE(config.find("my_package>Scale"), std::string::npos) << config;
  EXPECT_EQ(Layer::from_config(config, objects).get_config(), config);
}

TEST(Custom, BuildsNewModels) {
  const CustomObjects objects = mine();
  const Layer scale = Layer::from_config(
      R"({"class_name": "Scale", "registered_name": "my_package>Scale", "config": {"name": "s", "factor": 3.0}})",
      objects);
  const SymbolicTensor x = Input({2});
  const Model model(x, scale(x));
  const Tensor y = model.predict(Tensor::of<float>({1, 2}, {1, -2}));
  expect_near(y, Tensor::of<float>({1, 2}, {3, -6}));
}

TEST(Custom, ActivationsOfBuiltModels) {
  const CustomObjects objects = mine();
  const CustomScope scope(objects);
  const SymbolicTensor x = Input({2});
  const Model model(x, layers::Activation({.activation = "my_package>squash"})(x));
  expect_near(model.predict(Tensor::of<float>({1, 2}, {1, -3})), Tensor::of<float>({1, 2}, {0.5, -0.75}));
}

// In a process of its own: what it registers stays.
TEST(CustomDeathTest, ForTheWholeProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        CustomObjects::process_default() = mine();
        const Model model = load_model(golden_model("custom"), {.threads = 1});
        expect_near(model.predict(golden_input("custom")), golden_output("custom"));
        std::exit(testing::Test::HasFailure() ? 1 : 0);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace keratin::test
