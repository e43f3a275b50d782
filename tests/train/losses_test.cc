// Every loss's cases: values per sample, the reduced loss and its gradient equal real Keras' and tf_keras'
// (with fixed and symbolic batches, by reference and compiled); configs read back; bad ones refused.
#include "../keras/golden.h"
#include "../keras/tolerance.h"
#include "../serialization/expect_error.h"
#include "runtime/exec/context.h"
#include "runtime/ir/build_nn.h"
#include "runtime/train/loss.h"
#include "train_run.h"

namespace keratin::tests {
namespace {

using namespace train;

Json parse(const char* text) { return serialization::parse_json(text, "case"); }
Json object_form(const LossDef& def, Json config) {
  Json object;
  object["class_name"] = def.class_name;
  object["config"] = std::move(config);
  return object;
}
Json case_json(const LossDef& def, std::size_t index) {
  Json json;
  json["loss"] = def.class_name;
  json["index"] = static_cast<std::int64_t>(index);
  json["config"] = parse(def.cases[index].config);
  json["data"] = words(def.cases[index].data);
  return json;
}

class Losses : public testing::TestWithParam<const LossDef*> {
 protected:
  const LossDef& def() const { return *GetParam(); }
  const Golden& golden() {
    if (!golden_) golden_.emplace(cat(KERATIN_TEST_DATA "/golden/losses/", def().class_name, ".npz"));
    return *golden_;
  }

  // values, loss and gradient of one case.
  StepRun make(std::size_t index, Flavour flavour, bool symbolic) {
    StepRun run(golden(), index, symbolic);
    const LossObject loss = make_loss(object_form(def(), parse(def().cases[index].config)), flavour);
    const ir::Value y_true = run.input("x0"), x = run.input("x1");
    const ir::Value weights = run.optional_input("weights"), mask = run.optional_input("mask");
    const std::string kind = words(def().cases[index].data).as_array()[1].as_string();
    ir::Value y_pred = x;
    if (kind.starts_with("softmax")) y_pred = ir::softmax(x);
    if (kind.starts_with("sigmoid")) y_pred = ir::unary("sigmoid", x);
    run.graph.output("values", loss_values(loss, y_true, y_pred).values);
    const ir::Value reduced = call_loss(loss, y_true, y_pred, weights, mask);
    run.graph.output("loss", reduced);
    run.graph.output("gradient", ir::gradients(sum_of(reduced), {x})[0]);
    return run;
  }
  void expect_answers(const StepRun& run, const std::vector<Tensor>& found, std::size_t index,
                      const char* flavour) {
    const Tolerance tolerance{def().cases[index].relative, def().cases[index].scaled};
    for (std::size_t i = 0; i < found.size(); ++i) {
      const std::string& name = run.graph.outputs[i].name;
      const Tensor& wanted = golden().at(index, cat(flavour, "/", name));
      EXPECT_TRUE(near(found[i], wanted, wanted.dtype(), tolerance)) << name << " of " << flavour;
    }
  }
  void ask(bool symbolic) {
    for (std::size_t i = 0; i < def().cases.size(); ++i) {
      SCOPED_TRACE(cat("case ", i, ": ", def().cases[i].config, " ", def().cases[i].data));
      ASSERT_EQ(sorted(golden().meta(i).at("case")), sorted(case_json(def(), i)))
          << "the golden is of another case; run: dump_cases --losses | tools/python_env "
             "tools/goldens/losses.py --stale";
      const StepRun run = make(i, Flavour::keras3, symbolic);
      expect_answers(run, run.evaluate(), i, "keras3");
      expect_answers(run, run.execute(), i, "keras3");
      if (!golden().find(i, "tf_keras/loss")) continue;
      const StepRun old = make(i, Flavour::tf_keras, symbolic);
      expect_answers(old, old.evaluate(), i, "tf_keras");
    }
  }

 private:
  std::optional<Golden> golden_;
};

TEST_P(Losses, AnswerAsKeras) { ask(false); }
TEST_P(Losses, AnswerForAnyBatch) { ask(true); }

TEST_P(Losses, ReadAndWriteKerasConfigs) {
  for (std::size_t i = 0; i < def().cases.size(); ++i) {
    const Json saved = golden().meta(i).at("saved_config");
    EXPECT_EQ(sorted(loss_json(make_loss(object_form(def(), saved))).at("config")), sorted(saved));
    const LossObject made = make_loss(object_form(def(), parse(def().cases[i].config)));
    EXPECT_EQ(loss_json(make_loss(loss_json(made))), loss_json(made));
  }
}

TEST_P(Losses, GoByTheirNames) {
  std::vector<const char*> functions(def().aliases.begin(), def().aliases.end());
  functions.push_back(def().function_name);
  for (const char* function : functions) {
    const LossObject loss = make_loss(function);
    EXPECT_EQ(loss.def, &def());
    EXPECT_EQ(loss_json(loss), Json(def().function_name));
    Json wrapper = parse(R"({"class_name": "LossFunctionWrapper", "config": {"reduction": "sum"}})");
    wrapper["config"]["fn"] = function;
    EXPECT_EQ(make_loss(wrapper).def, &def());
    EXPECT_EQ(make_loss(wrapper).reduction, "sum");
  }
  EXPECT_EQ(make_loss(def().class_name).def, &def());
  EXPECT_EQ(make_loss(def().class_name).is_function, false);
}

TEST_P(Losses, RefuseWhatTheyDontKnow) {
  EXPECT_ERROR(make_loss(object_form(def(), parse(R"({"reduction": "most"})"))), ErrorCode::corrupt_file,
               "most");
  EXPECT_ERROR(make_loss(object_form(def(), parse(R"({"frobnicate": 3})"))), ErrorCode::corrupt_file,
               "frobnicate");
}

INSTANTIATE_TEST_SUITE_P(All, Losses, testing::ValuesIn(registry_losses().begin(), registry_losses().end()),
                         [](const auto& info) { return std::string(info.param->class_name); });

TEST(Loss, NoneIsNoLoss) {
  EXPECT_FALSE(make_loss(Json()));
  EXPECT_EQ(loss_json(LossObject()), Json());
}

TEST(Loss, NamesWhatIsUnknown) {
  EXPECT_ERROR(make_loss("frobnicate"), ErrorCode::unsupported, "frobnicate");
}

TEST(Loss, CrossentropyGoesByTheShapes) {
  auto chosen = [](const char* y_true, const char* y_pred) {
    return std::string(make_loss("ce", ir::parse_type(y_true), ir::parse_type(y_pred)).def->function_name);
  };
  EXPECT_EQ(chosen("f32[B]", "f32[B,1]"), "binary_crossentropy");
  EXPECT_EQ(chosen("f32[B,3]", "f32[B,3]"), "categorical_crossentropy");
  EXPECT_EQ(chosen("i32[B]", "f32[B,3]"), "sparse_categorical_crossentropy");
  EXPECT_EQ(chosen("i32[B,1]", "f32[B,3]"), "sparse_categorical_crossentropy");
}

TEST(Loss, CompiledTfKerasMatchesRanksFirst) {
  ir::Graph graph;
  const ir::Value y_true = graph.input("y", ir::parse_type("f32[B]"));
  const ir::Value y_pred = graph.input("x", ir::parse_type("f32[B,1]"));
  const Compared matched = match_compiled({y_true, y_pred, y_true}, Flavour::tf_keras);
  EXPECT_EQ(ir::to_string(matched.y_true.type()), "f32[B,1]");
  EXPECT_EQ(ir::to_string(matched.sample_weight.type()), "f32[B,1]");
  EXPECT_EQ(match_compiled({y_true, y_pred, {}}, Flavour::keras3).y_true, y_true);
}

// In mixed precision Keras 3's loss no longer sees where its predictions come from, the metric does.
TEST(Loss, ACastHidesTheLogits) {
  ir::Graph graph;
  const ir::Value y_true = graph.input("y", ir::parse_type("f32[1,2]"));
  const ir::Value logits = graph.input("x", ir::parse_type("f16[1,2]"));
  graph.output("loss", call_loss(make_loss("categorical_crossentropy"), y_true, ir::softmax(logits)));
  const std::vector<Tensor> inputs = {Tensor::of<float>({1, 2}, {0, 1}),
                                      cast_tensor(Tensor::of<float>({1, 2}, {50, -50}), DType::float16)};
  const Tensor found = ir::evaluate_graph(graph, inputs)[0];
  EXPECT_NEAR(found.values<float>()[0], 16.118095, 1e-5);  // real Keras' answer
}

TEST(Loss, ClassesOutOfRangeAreErrors) {
  for (std::int32_t label : {-1, 3}) {
    ir::Graph graph;
    const ir::Value y_true = graph.input("y", ir::parse_type("i32[2]"));
    const ir::Value y_pred = graph.input("x", ir::parse_type("f32[2,3]"));
    graph.output("loss", call_loss(make_loss("sparse_categorical_crossentropy"), y_true, y_pred));
    const Tensor labels = Tensor::of<std::int32_t>({2}, {1, label});
    const std::vector<Tensor> inputs = {labels, Tensor::zeros(DType::float32, {2, 3})};
    EXPECT_ERROR(ir::evaluate_graph(graph, inputs), ErrorCode::invalid_argument, "3");
  }
}

}  // namespace
}  // namespace keratin::tests
