// Every metric's cases: state and result after each of three batches equal real Keras' and tf_keras' (with
// fixed and symbolic batches, by reference and compiled); configs read back; bad ones refused.
#include "../keras/tolerance.h"
#include "../serialization/expect_error.h"
#include "runtime/ir/build_nn.h"
#include "runtime/train/metric.h"
#include "train_run.h"

namespace keratin::tests {
namespace {

using namespace train;

constexpr int kBatches = 3;

Json parse(const char* text) { return serialization::parse_json(text, "case"); }
Json object_form(const MetricDef& def, Json config) {
  Json object;
  object["class_name"] = def.class_name;
  object["config"] = std::move(config);
  return object;
}
Json case_json(const MetricDef& def, std::size_t index) {
  Json json;
  json["metric"] = def.class_name;
  json["index"] = static_cast<std::int64_t>(index);
  json["config"] = parse(def.cases[index].config);
  json["data"] = words(def.cases[index].data);
  return json;
}

class Metrics : public testing::TestWithParam<const MetricDef*> {
 protected:
  const MetricDef& def() const { return *GetParam(); }
  const Golden& golden() {
    if (!golden_) golden_.emplace(cat(KERATIN_TEST_DATA "/golden/metrics/", def().class_name, ".npz"));
    return *golden_;
  }

  // The graph of one batch: state in, state and result out.
  void build(StepRun& run, const MetricObject& metric, std::size_t index) {
    const bool values_alone = !golden().find(index, "b0/x0");
    MetricInput input;
    if (!values_alone) input.y_true = run.input("x0");
    const ir::Value x = run.input("x1");
    input.sample_weight = run.optional_input("weights");
    input.mask = run.optional_input("mask");
    const std::string kind = words(def().cases[index].data).as_array()[1].as_string();
    input.y_pred = x;
    if (kind.starts_with("softmax")) input.y_pred = ir::softmax(x);
    if (kind.starts_with("sigmoid")) input.y_pred = ir::unary("sigmoid", x);
    ir::Values state;
    for (const MetricVariable& variable : metric_variables(metric, input.y_pred.type()))
      state.push_back(run.state(variable.name, Tensor::zeros(variable.dtype, variable.shape)));
    const ir::Values updated = update_metric(metric, state, input);
    ASSERT_EQ(updated.size(), state.size());
    for (std::size_t i = 0; i < updated.size(); ++i) {
      EXPECT_EQ(updated[i].type(), state[i].type()) << "state " << i;
      run.graph.output(cat("s", i), updated[i]);
    }
    run.graph.output("result", metric_result(metric, updated));
  }

  void expect_answers(const MetricObject& metric, std::size_t index, const std::string& flavour,
                      bool symbolic, bool compiled) {
    StepRun run(golden(), index, symbolic, "b0/");
    build(run, metric, index);
    const Tolerance tolerance{def().cases[index].relative, def().cases[index].scaled};
    for (int j = 0; j < kBatches; ++j) {
      run.take_batch(cat("b", j, "/"));
      const std::vector<Tensor> found = compiled ? run.execute() : run.evaluate();
      for (std::size_t i = 0; i < found.size(); ++i) {
        const std::string name = cat(flavour, "/b", j, "/", run.graph.outputs[i].name);
        EXPECT_TRUE(near(found[i], golden().at(index, name), found[i].dtype(), tolerance)) << name;
      }
      EXPECT_EQ(golden().find(index, cat(flavour, "/b", j, "/s", found.size() - 1)), nullptr)
          << "Keras has more variables";
      run.set_state(found);
    }
  }

  void ask(bool symbolic) {
    for (std::size_t i = 0; i < def().cases.size(); ++i) {
      SCOPED_TRACE(cat("case ", i, ": ", def().cases[i].config, " ", def().cases[i].data));
      ASSERT_EQ(sorted(golden().meta(i).at("case")), sorted(case_json(def(), i)))
          << "the golden is of another case; run: dump_cases --metrics | tools/python_env "
             "tools/goldens/metrics.py --stale";
      const Json object = object_form(def(), parse(def().cases[i].config));
      if (symbolic && def().class_name == std::string("MeanTensor")) continue;  // refuses open sizes
      if (golden().find(i, "keras3/b0/result")) {
        const MetricObject metric = make_metric(object);
        expect_answers(metric, i, "keras3", symbolic, false);
        expect_answers(metric, i, "keras3", symbolic, true);
      }
      if (golden().find(i, "tf_keras/b0/result"))
        expect_answers(make_metric(object, Flavour::tf_keras), i, "tf_keras", symbolic, false);
    }
  }

 private:
  std::optional<Golden> golden_;
};

TEST_P(Metrics, HaveCases) { EXPECT_FALSE(def().cases.empty()); }
TEST_P(Metrics, AnswerAsKeras) { ask(false); }
TEST_P(Metrics, AnswerForAnyBatch) { ask(true); }

TEST_P(Metrics, NameTheirVariablesAsKeras) {
  for (std::size_t i = 0; i < def().cases.size(); ++i) {
    const Json names = golden().meta(i).at("names");
    for (const auto& [flavour, wanted] : names.as_object()) {
      const Tensor& x = golden().at(i, "b0/x1");
      const MetricObject metric = make_metric(object_form(def(), parse(def().cases[i].config)),
                                              flavour == "keras3" ? Flavour::keras3 : Flavour::tf_keras);
      Json::Array found;
      for (const MetricVariable& variable : metric_variables(metric, {x.dtype(), ir::to_dims(x.shape())}))
        found.push_back(variable.name);
      EXPECT_EQ(serialization::print_json(Json(found)), serialization::print_json(wanted)) << flavour;
      EXPECT_EQ(Json(metric.name), golden().meta(i).at("default_names").at(flavour)) << flavour;
    }
  }
}

TEST_P(Metrics, ReadAndWriteKerasConfigs) {
  for (std::size_t i = 0; i < def().cases.size(); ++i) {
    const MetricObject made = make_metric(object_form(def(), parse(def().cases[i].config)));
    EXPECT_EQ(metric_json(make_metric(metric_json(made))), metric_json(made));
    const Json meta = golden().meta(i);
    const Json* saved = meta.find("saved_config");
    if (!saved) continue;  // of tf_keras alone
    Json wanted = *saved;
    // A tensor in Keras' files; numbers do as well
    if (Json* weights = wanted.find("label_weights"); weights && weights->is_object())
      *weights = Json(weights->at("config").at("value"));
    EXPECT_EQ(
        serialization::print_json(sorted(metric_json(make_metric(object_form(def(), wanted))).at("config"))),
        serialization::print_json(sorted(wanted)));
    EXPECT_NO_THROW(make_metric(object_form(def(), *saved)));
  }
}

TEST_P(Metrics, GoByTheirNames) {
  if (def().class_name == std::string("MeanMetricWrapper")) return;
  EXPECT_EQ(find_metric_def(def().class_name), &def());
  EXPECT_EQ(find_metric_def(def().default_name), &def());
  for (const char* alias : def().aliases) EXPECT_EQ(find_metric_def(alias), &def()) << alias;
}

TEST_P(Metrics, RefuseWhatTheyDontKnow) {
  Json config = parse(def().cases[0].config);
  config["frobnicate"] = 3;
  EXPECT_ERROR(make_metric(object_form(def(), config)), ErrorCode::corrupt_file, "frobnicate");
}

INSTANTIATE_TEST_SUITE_P(All, Metrics,
                         testing::ValuesIn(registry_metrics().begin(), registry_metrics().end()),
                         [](const auto& info) { return std::string(info.param->class_name); });

TEST(Metric, NamesWhatIsUnknown) {
  EXPECT_ERROR(make_metric("frobnicate"), ErrorCode::unsupported, "frobnicate");
}

TEST(Metric, GivenByANameIsCalledSo) {
  EXPECT_EQ(make_metric("mse").name, "mse");
  EXPECT_EQ(make_metric("mse").def->class_name, std::string("MeanSquaredError"));
  EXPECT_EQ(make_metric("AUC").name, "auc");
  EXPECT_EQ(make_metric("huber").def->class_name, std::string("MeanMetricWrapper"));
  EXPECT_EQ(make_metric("huber").name, "huber");
}

TEST(Metric, AccuracyAndCrossentropyGoByTheShapes) {
  auto chosen = [](const char* name, const char* y_true, const char* y_pred) {
    const MetricObject made = make_metric(name, ir::parse_type(y_true), ir::parse_type(y_pred));
    EXPECT_EQ(made.name, name);
    return std::string(made.def->class_name);
  };
  EXPECT_EQ(chosen("accuracy", "f32[B]", "f32[B,1]"), "BinaryAccuracy");
  EXPECT_EQ(chosen("acc", "f32[B,3]", "f32[B,3]"), "CategoricalAccuracy");
  EXPECT_EQ(chosen("Accuracy", "i32[B,1]", "f32[B,3]"), "SparseCategoricalAccuracy");
  EXPECT_EQ(chosen("acc", "i32[B,T]", "f32[B,T,3]"), "SparseCategoricalAccuracy");
  EXPECT_EQ(chosen("ce", "f32[B]", "f32[B,1]"), "BinaryCrossentropy");
  EXPECT_EQ(chosen("crossentropy", "f32[B,3]", "f32[B,3]"), "CategoricalCrossentropy");
}

TEST(Metric, OldFilesWrapFunctions) {
  const MetricObject metric = make_metric(parse(R"({"class_name": "MeanMetricWrapper", "config":
      {"name": "accuracy", "dtype": "float32", "fn": "sparse_categorical_accuracy"}})"),
                                          Flavour::tf_keras);
  EXPECT_EQ(metric.def->class_name, std::string("SparseCategoricalAccuracy"));
  EXPECT_EQ(metric.name, "accuracy");
  EXPECT_TRUE(metric.is_function);
}

TEST(Metric, SaysWhatIsWrongWithAConfig) {
  auto refuses = [](const char* object, const char* text) {
    const MetricObject metric = make_metric(parse(object));
    EXPECT_ERROR(metric_variables(metric, ir::parse_type("f32[B,3]")), ErrorCode::corrupt_file, text);
  };
  refuses(R"({"class_name": "AUC", "config": {"num_thresholds": 1}})", "num_thresholds 1");
  refuses(R"({"class_name": "Precision", "config": {"thresholds": [0.5, 2]}})", "threshold 2");
  refuses(R"({"class_name": "IoU", "config": {"num_classes": 2, "target_class_ids": [2]}})",
          "target_class_ids");
  refuses(R"({"class_name": "F1Score", "config": {"average": "most"}})", "most");
  refuses(R"({"class_name": "RecallAtPrecision", "config": {"precision": 1.5}})", "precision 1.5");
  refuses(R"({"class_name": "R2Score", "config": {"num_regressors": -1}})", "num_regressors");
}

}  // namespace
}  // namespace keratin::tests
