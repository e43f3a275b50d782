// An optimizer's state in files: restored in mid-training it goes on as real Keras did; written and read it
// is the same; the orders of all families; refusals.
#include <filesystem>

#include "../serialization/expect_error.h"
#include "runtime/keras/model.h"
#include "runtime/keras/save.h"
#include "runtime/train/step.h"
#include "training.h"

namespace keratin::tests {
namespace {

using keras::entry_of;
using serialization::ModelDocument;
using serialization::WeightsLayout;

// A document as it lists these tensors, by number or under names.
ModelDocument document_of(const std::vector<std::pair<std::string, Tensor>>& listed, WeightsLayout layout) {
  ModelDocument document;
  document.file = "model";
  document.layout = layout;
  for (std::size_t i = 0; i < listed.size(); ++i) {
    const auto& [name, tensor] = listed[i];
    if (layout == WeightsLayout::v3) {
      document.weights.tensors["/optimizer/vars/" + std::to_string(i)] = entry_of(tensor);
    } else {
      document.weights.names["/optimizer_weights"]["weight_names"].push_back(name);
      document.weights.tensors["/optimizer_weights/" + name] = entry_of(tensor);
    }
  }
  return document;
}

class OptimizerStates : public OptimizerRows {
 protected:
  // What Keras lists behind a step; the variables are assigned.
  std::vector<std::pair<std::string, Tensor>> listed_behind(std::size_t step, Training& training) {
    const Json meta = golden().meta(row().index);
    const Tensor& states = golden().at(row().index, "states");
    const float* at = states.data<float>() + step * static_cast<std::size_t>(states.dim(1));
    const auto take = [&](const Shape& shape) {
      Tensor tensor(DType::float32, shape);
      std::copy_n(at, tensor.elements(), tensor.data<float>());
      at += tensor.elements();
      return tensor;
    };
    for (const VariablePtr& variable : training.variables) variable->assign(take(variable->shape()));
    std::vector<std::pair<std::string, Tensor>> listed;
    for (std::size_t i = 0; i < meta.at("names").as_array().size(); ++i) {
      Shape shape;
      for (const Json& dim : meta.at("shapes").as_array()[i].as_array()) shape.push_back(dim.as_integer());
      listed.emplace_back(std::to_string(i) + meta.at("names").as_array()[i].as_string(), take(shape));
    }
    return listed;
  }
};

TEST_P(OptimizerStates, ResumeWhereKerasStopped) {
  for (const WeightsLayout layout : {WeightsLayout::v3, WeightsLayout::legacy}) {
    Training training(row(), DType::float32, Runner::executable);
    const ModelDocument document = document_of(listed_behind(3, training), layout);
    keras::LoadReport report;
    restore_state(*training.optimizer, document, report);
    const Optimizer& restored =
        *training.optimizer;  // tf_keras leaves the loss scale out, and Nadam's product
    const bool incomplete = row().dialect == "tf_keras" || (row().dialect == "legacy" && restored.def->wrap);
    EXPECT_EQ(report.notes.size(), incomplete && !restored.shared.empty() ? 1u : 0u);
    if (const Tensor* scales = golden().find(row().index, "scales")) {  // which no file of tf_keras holds
      const Optimizer& o = *training.optimizer;
      const auto count = static_cast<std::int64_t>(scales->data<float>()[6]);
      o.shared_variable("step_counter")->assign(Tensor::of<std::int64_t>({}, {count}));
      o.shared_variable("dynamic_scale")->assign(Tensor::of<float>({}, {scales->data<float>()[7]}));
    }
    for (std::size_t i = 4; i < 7; ++i) {
      training.step(i);
      expect_values(training.values(), golden().at(row().index, "states"), i, float32_steps);
    }
  }
}

TEST_P(OptimizerStates, AreTheSameWrittenAndRead) {
  Training training(row(), DType::float32, Runner::executable);
  for (std::size_t i = 0; i < 3; ++i) training.step(i);
  for (const WeightsLayout layout : {WeightsLayout::v3, WeightsLayout::legacy}) {
    ModelDocument document;
    document.layout = layout;
    document.writer = row().dialect == "keras_3" ? "keras" : "tf_keras";
    document.writer_version = row().dialect == "keras_3" ? "3.15.1" : "2.21.0";
    store_optimizer(*training.optimizer, document);
    const OptimizerPtr again = read_optimizer(document);
    ASSERT_TRUE(again != nullptr);
    EXPECT_EQ(again->dialect, training.optimizer->dialect);
    EXPECT_EQ(print_json(optimizer_json(*again)), print_json(optimizer_json(*training.optimizer)));
    again->build(training.variables);
    keras::LoadReport report;
    restore_state(*again, document, report);
    const std::vector<ListedVariable> wanted = list_state(*training.optimizer, again->dialect),
                                      found = list_state(*again, again->dialect);
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].name, wanted[i].name);
      EXPECT_TRUE(near(found[i].variable->value(), wanted[i].variable->value(), DType::float32, {0, 0}));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, OptimizerStates, testing::ValuesIn(all_rows()), name_of_row);

// ---- real files
struct Loaded {
  ModelDocument document;
  keras::LayerPtr model;
  OptimizerPtr optimizer;
  keras::LoadReport report;
};

Loaded load(const std::string& name) {
  Loaded loaded;
  loaded.document = serialization::read_document(std::string(KERATIN_TEST_DATA) + "/golden/formats/" + name);
  loaded.model = keras::make_model(loaded.document, loaded.report);
  keras::load_weights(*loaded.model, loaded.document, {}, ErrorCode::corrupt_file, loaded.report);
  loaded.report = {};
  loaded.optimizer = read_optimizer(loaded.document);
  if (loaded.optimizer) loaded.optimizer->build(loaded.model->trainable_variables());
  return loaded;
}

TEST(OptimizerFiles, OfRealKerasAreRestored) {
  for (const char* name : {"trained.keras", "trained.h5", "trained_tf_keras.keras", "trained_tf_keras.h5"}) {
    SCOPED_TRACE(name);
    Loaded loaded = load(name);
    ASSERT_TRUE(loaded.optimizer != nullptr);
    EXPECT_STREQ(loaded.optimizer->def->class_name, "Adam");
    restore_state(*loaded.optimizer, loaded.document, loaded.report);
    EXPECT_TRUE(loaded.report.notes.empty());
    EXPECT_EQ(*loaded.optimizer->iteration->value().data<std::int64_t>(), 3);
    EXPECT_EQ(*loaded.optimizer->learning_rate->value().data<float>(), 0.01f);
    const auto names = loaded.document.weights.names.find("/optimizer_weights");
    // Keras 3 puts the model's name in front of a Sequential's variables.
    if (names == loaded.document.weights.names.end() || !loaded.document.writer.starts_with("tf")) continue;
    std::vector<std::string> found;
    for (const ListedVariable& row : list_state(*loaded.optimizer, loaded.optimizer->dialect))
      found.push_back(row.name);
    EXPECT_EQ(found, names->second.at("weight_names"));
  }
}

TEST(OptimizerFiles, ThatDontFitAreRefused) {
  Loaded loaded = load("trained.keras");
  ModelDocument more = loaded.document;
  more.weights.tensors["/optimizer/vars/10"] = more.weights.tensors["/optimizer/vars/9"];
  EXPECT_ERROR(restore_state(*loaded.optimizer, more, loaded.report), ErrorCode::corrupt_file,
               "another optimizer's");
  ModelDocument other = loaded.document;
  other.weights.tensors["/optimizer/vars/3"].shape = {5, 4};
  EXPECT_ERROR(restore_state(*loaded.optimizer, other, loaded.report), ErrorCode::corrupt_file, "shape");
  ModelDocument scalars = loaded.document;
  for (int i = 2; i < 10; ++i) scalars.weights.tensors.erase("/optimizer/vars/" + std::to_string(i));
  EXPECT_ERROR(restore_state(*loaded.optimizer, scalars, loaded.report), ErrorCode::corrupt_file,
               "ran 3 steps");
  EXPECT_EQ(*loaded.optimizer->iteration->value().data<std::int64_t>(), 0)
      << "a refused load changed something";
}

TEST(OptimizerFiles, OfModelsThatNeverTrainedStartAnew) {
  Json object;
  object["class_name"] = "LossScaleOptimizer";
  object["config"] = serialization::parse_json(
      R"({"inner_optimizer": {"class_name": "Adam", "config": {"learning_rate": 0.5}}})", "config");
  const OptimizerPtr optimizer = make_optimizer(object);
  optimizer->build({std::make_shared<Variable>("a/kernel", DType::float32, Shape{2})});
  const Tensor zero = Tensor::of<std::int64_t>({}, {0}), rate = Tensor::of<float>({}, {0.5f});
  keras::LoadReport report;
  std::vector<std::pair<std::string, Tensor>> listed = {
      {"0", zero}, {"1", Tensor::of<float>({}, {0})}, {"2", zero}, {"3", rate}};
  restore_state(*optimizer, document_of(listed, WeightsLayout::v3), report);
  EXPECT_EQ(*optimizer->shared_variable("dynamic_scale")->value().data<float>(), 32768.0f);
  EXPECT_EQ(*optimizer->inner[0]->learning_rate->value().data<float>(), 0.5f);
  restore_state(*optimizer, document_of({}, WeightsLayout::v3), report);
  EXPECT_EQ(report.notes.size(), 1u);
  listed.pop_back();
  EXPECT_ERROR(restore_state(*optimizer, document_of(listed, WeightsLayout::v3), report),
               ErrorCode::corrupt_file, "the file lists 3");
}

TEST(OptimizerFiles, KeepADoubleLearningRate) {
  const OptimizerPtr optimizer = make_optimizer("sgd");
  optimizer->build({std::make_shared<Variable>("a", DType::float64, Shape{2})});
  keras::LoadReport report;
  restore_state(*optimizer,
                document_of({{"0", Tensor::of<std::int64_t>({}, {4})}, {"1", Tensor::of<double>({}, {0.1})}},
                            WeightsLayout::v3),
                report);
  EXPECT_EQ(*optimizer->learning_rate->value().data<double>(), 0.1);
  EXPECT_EQ(optimizer_config(*optimizer).at("learning_rate").as_number(), 0.1);
}

// ---- the orders of families that no longer run
std::vector<std::string> order_of(const char* class_name, const char* config, Dialect dialect) {
  Json object;
  object["class_name"] = class_name;
  object["config"] = serialization::parse_json(config, class_name);
  const OptimizerPtr optimizer = make_optimizer(object, dialect);
  std::vector<VariablePtr> variables;
  for (const char* path : {"a/kernel", "b/bias"}) {
    variables.push_back(std::make_shared<Variable>(path, DType::float32, Shape{2}));
    variables.back()->assign(Tensor::zeros(DType::float32, {2}));
  }
  optimizer->build(variables);
  std::vector<std::string> names;
  for (const ListedVariable& row : list_state(*optimizer, dialect)) names.push_back(row.name);
  return names;
}
using Names = std::vector<std::string>;

TEST(OptimizerOrders, OfKeras1And2) {
  EXPECT_EQ(order_of("RMSprop", R"({"lr": 0.1, "rho": 0.9, "epsilon": 1e-8})", Dialect::keras_1),
            (Names{"RMSprop/a/kernel/rms:0", "RMSprop/b/bias/rms:0"}));
  EXPECT_EQ(order_of("SGD", R"({"lr": 0.1, "momentum": 0.0, "decay": 0.0})", Dialect::keras_1),
            (Names{"SGD/iter:0", "SGD/a/kernel/momentum:0", "SGD/b/bias/momentum:0"}));
  EXPECT_EQ(order_of("Nadam", R"({"lr": 0.1, "schedule_decay": 0.004})", Dialect::keras_1),
            (Names{"Nadam/iter:0", "Nadam/a/kernel/m:0", "Nadam/b/bias/m:0", "Nadam/a/kernel/v:0",
                   "Nadam/b/bias/v:0"}));
  EXPECT_EQ(order_of("Nadam", R"({"learning_rate": 0.1, "schedule_decay": 0.004})", Dialect::keras_2_3)[1],
            "Nadam/momentum_cache:0");
  EXPECT_EQ(order_of("Adadelta", R"({"lr": 0.1, "epsilon": null})", Dialect::keras_1).size(), 4u);
}

TEST(OptimizerOrders, OfKeras30) {
  EXPECT_EQ(
      order_of("SGD", R"({"use_ema": true, "gradient_accumulation_steps": 2})", Dialect::keras_3_0),
      (Names{"sgd/iteration", "sgd/learning_rate", "sgd/a_kernel_average",
             "sgd/a_kernel_gradient_accumulator", "sgd/b_bias_average", "sgd/b_bias_gradient_accumulator"}));
  EXPECT_EQ(order_of("Nadam", "{}", Dialect::keras_3_0)[2], "nadam/u_product");
  EXPECT_EQ(order_of("Nadam", "{}", Dialect::keras_3).back(), "nadam/u_product");
}

// Keras 2.1.3 to 2.3 list dummies of one element behind Adam's moments.
TEST(OptimizerOrders, DummiesAreLeftOut) {
  Json object;
  object["class_name"] = "Adam";
  object["config"] = serialization::parse_json(R"({"lr": 0.5, "clipnorm": 1.0})", "config");
  const OptimizerPtr optimizer = make_optimizer(object, Dialect::keras_1);
  EXPECT_EQ(optimizer->common.global_clipnorm->value, 1.0);
  auto variable = std::make_shared<Variable>("a/kernel", DType::float32, Shape{2});
  optimizer->build({variable});
  std::vector<std::pair<std::string, Tensor>> listed = {{"iterations", Tensor::of<float>({}, {7})},
                                                        {"m", Tensor::of<float>({2}, {1, 2})},
                                                        {"v", Tensor::of<float>({2}, {3, 4})},
                                                        {"vhat", Tensor::of<float>({1}, {0})}};
  keras::LoadReport report;
  restore_state(*optimizer, document_of(listed, WeightsLayout::legacy), report);
  EXPECT_EQ(*optimizer->iteration->value().data<std::int64_t>(), 7);
  EXPECT_EQ(optimizer->find_slot(0, "velocity")->variable->value().data<float>()[1], 4.0f);
}

}  // namespace
}  // namespace keratin::tests
