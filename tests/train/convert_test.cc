// An optimizer of one family goes on as another family's; what can't is refused. Weight decay and averages.
#include "../serialization/expect_error.h"
#include "training.h"

namespace keratin::tests {
namespace {

class OptimizerConversions : public OptimizerRows {
 protected:
  // Whether the other family has no such optimizer, or one that computes otherwise.
  bool has_no_counterpart() const {
    const std::string_view dialects = row().row->dialects, config = row().row->config;
    const auto says = [&](const char* key) { return config.find(key) != std::string_view::npos; };
    if (row().dialect == "legacy")
      return row().def->legacy_differs || says("\"decay\"") || (says("clipnorm") && says("clipvalue"));
    return row().dialect == "keras_3" && dialects.find("tf_keras") == std::string_view::npos;
  }
};

// After three steps it becomes another family's; the next steps are still Keras'.
TEST_P(OptimizerConversions, GoOnAsBefore) {
  const bool to_keras_3 = row().dialect != "keras_3";
  const Dialect other = to_keras_3 ? Dialect::keras_3 : Dialect::tf_keras;
  Training training(row(), DType::float32, Runner::executable);
  for (std::size_t i = 0; i < 3; ++i) training.step(i);
  if (has_no_counterpart()) {
    EXPECT_ERROR(convert_optimizer(*training.optimizer, other), ErrorCode::unsupported,
                 "can't be written for");
    return;
  }
  const OptimizerPtr converted = convert_optimizer(*training.optimizer, other);
  EXPECT_EQ(converted->dialect, other);
  if (row().row->overflows) return;  // tf_keras counts such a step, Keras 3 doesn't
  training.use(converted);
  const std::size_t averages = training.optimizer->averages.size();
  const Tensor& states = golden().at(row().index, "states");
  for (std::size_t i = 3; i < 7; ++i) {
    training.step(i);
    std::vector<ListedVariable> weights;  // the list itself differs between families
    for (const VariablePtr& variable : training.variables) weights.push_back({variable->path, variable});
    expect_leading_values(weights, states, i, float32_steps);
  }
  EXPECT_EQ(converted->averages.size(), averages);
}
INSTANTIATE_TEST_SUITE_P(All, OptimizerConversions, testing::ValuesIn(all_rows()), name_of_row);

TEST(OptimizerConversions, OfWhatComputesOtherwiseAreRefused) {
  const OptimizerPtr legacy = make_optimizer("rmsprop", Dialect::legacy);
  EXPECT_ERROR(convert_optimizer(*legacy, Dialect::keras_3), ErrorCode::unsupported, "compute otherwise");
  EXPECT_ERROR(convert_optimizer(*make_optimizer("lamb"), Dialect::tf_keras), ErrorCode::unsupported,
               "no optimizer of this class");
  Json fixed;
  fixed["class_name"] = "LossScaleOptimizerV3";
  fixed["config"] = serialization::parse_json(
      R"({"inner_optimizer": {"class_name": "SGD", "config": {"is_legacy_optimizer": false}}, "dynamic": false,
          "initial_scale": 8.0, "dynamic_growth_steps": null})",
      "config");
  const OptimizerPtr scaled = make_optimizer(fixed, Dialect::tf_keras);
  EXPECT_EQ(print_json(optimizer_config(*scaled).at("dynamic_growth_steps")), "null");
  EXPECT_ERROR(convert_optimizer(*scaled, Dialect::keras_3), ErrorCode::unsupported, "dynamic");
  const OptimizerPtr sgd = make_optimizer("sgd");
  EXPECT_EQ(convert_optimizer(*sgd, Dialect::tf_keras)->name, "SGD");
}

TEST(WeightDecay, SparesWhatIsExcluded) {
  const auto rows = all_rows();
  const Row& row = *std::find_if(rows.begin(), rows.end(), [](const Row& r) {
    return r.def->class_name == std::string("SGD") &&
           r.row->config == std::string_view(R"({"learning_rate": 0.1})");
  });
  Training plain(row, DType::float32, Runner::executable), decayed(row, DType::float32, Runner::executable);
  const OptimizerPtr optimizer = decayed.optimizer;
  optimizer->common.weight_decay = keras::Number{0.5, 0.5};
  optimizer->without_weight_decay = {"bia[sz]", "nothing"};
  decayed.use(optimizer);
  plain.step(0);
  decayed.step(0);
  EXPECT_TRUE(near(decayed.variables[1]->value(), plain.variables[1]->value(), DType::float32, {0, 0}));
  EXPECT_FALSE(near(decayed.variables[0]->value(), plain.variables[0]->value(), DType::float32));
  optimizer->without_weight_decay = {"("};
  EXPECT_ERROR(decayed.use(optimizer), ErrorCode::unsupported, "can't be used");
}

TEST(OptimizerConfigs, WithBadValuesAreRefused) {
  const auto make = [](const char* class_name, const char* config, Dialect dialect = Dialect::keras_3) {
    Json object;
    object["class_name"] = class_name;
    object["config"] = serialization::parse_json(config, class_name);
    return make_optimizer(object, dialect);
  };
  EXPECT_ERROR(make("Adam", R"({"clipnorm": 1.0, "clipvalue": 1.0})"), ErrorCode::corrupt_file,
               "one of them");
  EXPECT_ERROR(make("Adam", R"({"gradient_accumulation_steps": 1})"), ErrorCode::corrupt_file, "at least 2");
  EXPECT_ERROR(make("Adam", R"({"use_ema": true, "ema_overwrite_frequency": 0})"), ErrorCode::corrupt_file,
               "at least 1");
  EXPECT_ERROR(make("Adam", R"({"betta": 0.1})"), ErrorCode::corrupt_file, "betta");
  EXPECT_ERROR(make("Adam", R"({"beta_1": "much"})"), ErrorCode::corrupt_file, "beta_1");
  EXPECT_ERROR(make("Adamm", "{}"), ErrorCode::unsupported, "Adamm");
  EXPECT_ERROR(
      make("SGD", R"({"momentum": -1.0})")->build({std::make_shared<Variable>("a", DType::float32, Shape{})}),
      ErrorCode::corrupt_file, "momentum");
  EXPECT_EQ(make("SGD", R"({"clipnorm": 1.0, "clipvalue": 1.0})", Dialect::legacy)->common.clipnorm->value,
            1.0);
  EXPECT_EQ(make("adam", R"({"tidy": null})")->kept.find("tidy")->is_null(), true);
}

TEST(Averages, BecomeTheWeightsAtTheEnd) {
  const auto rows = all_rows();
  const Row& row = *std::find_if(rows.begin(), rows.end(), [](const Row& r) {
    return std::string_view(r.row->config).find("\"ema_momentum\": 0.7") != std::string_view::npos;
  });
  Training training(row, DType::float32, Runner::executable);
  for (std::size_t i = 0; i < 3; ++i) training.step(i);
  training.optimizer->finalize();
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_TRUE(near(training.variables[i]->value(), training.optimizer->averages[i]->value(), DType::float32,
                     {0, 0}));
}

}  // namespace
}  // namespace keratin::tests
