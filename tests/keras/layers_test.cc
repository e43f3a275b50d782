// Every layer's cases: equal to real Keras' answers, however they are lowered and run; configs read back;
// bad arguments refused.
#include <algorithm>
#include <set>

#include "../serialization/expect_error.h"
#include "layer_run.h"
#include "tolerance.h"

namespace keratin::tests {
namespace {

// Tested as models, or (Lambda, Merge of Keras 1, AddLoss and AddMetric) in other files.
const std::set<std::string> without_cases = {"InputLayer", "Functional", "Sequential", "Lambda",
                                             "Merge",      "TFOpLambda", "AddLoss",    "TensorFlowOpLayer",
                                             "AddMetric"};

class Layers : public testing::TestWithParam<const LayerDef*> {
 protected:
  const LayerDef& def() const { return *GetParam(); }
  const Golden& golden() {
    if (!golden_) golden_.emplace(cat(KERATIN_TEST_DATA "/golden/layers/", def().class_name, ".npz"));
    return *golden_;
  }
  Tolerance tolerance(std::size_t index) const {
    return {def().cases[index].relative, def().cases[index].scaled};
  }
  LayerPtr make(std::size_t index) { return make_layer(object_form(def(), case_config(def(), index))); }

  void expect_answers(const LayerRun& run, const std::vector<Tensor>& found, std::size_t index) {
    const DType compute = const_cast<LayerRun&>(run).layer().dtype.compute();
    std::size_t i = 0, outputs = 0;
    for (const ir::Output& output : run.graph().outputs) {
      const Tensor& result = found[i++];
      const Tensor* wanted = golden().find(index, output.name);
      outputs += output.name.find("mask") == std::string::npos;
      if (!wanted && run.has_mask_argument()) continue;  // real Keras passes masks on with tensors only
      ASSERT_TRUE(wanted != nullptr) << output.name << " has no golden";
      EXPECT_TRUE(near(result, *wanted, compute, tolerance(index))) << output.name;
    }
    EXPECT_EQ(golden().find(index, cat("y", outputs)), nullptr) << "Keras has more outputs";
    for (std::size_t k = 0; k < outputs; ++k)
      if (const std::string name = cat("y_mask", k); golden().find(index, name)) {
        EXPECT_TRUE(std::any_of(run.graph().outputs.begin(), run.graph().outputs.end(),
                                [&](const ir::Output& o) { return o.name == name; }))
            << name << " is lost";
      }
    expect_updates(run, found, index, i);
  }

  void expect_updates(const LayerRun& run, const std::vector<Tensor>& found, std::size_t index,
                      std::size_t first) {
    const std::vector<VariablePtr> weights = run.weights();
    std::set<std::size_t> updated;
    for (std::size_t k = 0; k < run.graph().updates.size(); ++k) {
      const auto at = std::find(weights.begin(), weights.end(), run.updated(k));
      if (at == weights.end()) continue;
      const auto number = static_cast<std::size_t>(at - weights.begin());
      updated.insert(number);
      const Tensor* wanted = golden().find(index, cat("u", number));
      EXPECT_TRUE(near(found[first + k], wanted ? *wanted : golden().at(index, cat("w", number)),
                       (*at)->dtype(), tolerance(index)))
          << (*at)->name << " after the call";
    }
    for (std::size_t k = 0; k < weights.size(); ++k)
      EXPECT_EQ(updated.count(k) || !golden().find(index, cat("u", k)), true)
          << weights[k]->name << " isn't updated";
  }

 private:
  std::optional<Golden> golden_;
};

#define EACH_CASE(index)                                           \
  for (std::size_t index = 0; index < def().cases.size(); ++index) \
    if (SCOPED_TRACE(cat("case ", index, ": ", def().cases[index].config)); true)

TEST_P(Layers, HaveCases) {
  EXPECT_EQ(def().cases.empty(), without_cases.count(def().class_name) == 1) << def().class_name;
  EACH_CASE(i) {
    // Else: dump_cases | tools/python_env tools/goldens/layers.py --stale
    EXPECT_EQ(sorted(golden().meta(i).at("case")), sorted(case_json(def(), i)))
        << "the golden is of another case";
  }
}

TEST_P(Layers, AnswerAsKeras) {
  EACH_CASE(i) {
    LayerRun run(make(i), case_json(def(), i), Symbolic::none);
    run.set_weights(golden(), i);
    expect_answers(run, run.evaluate(golden(), i), i);
    expect_answers(run, run.execute(golden(), i), i);
  }
}

TEST_P(Layers, LowerForAnyBatch) {
  EACH_CASE(i) {
    if (serialization::print_json(case_config(def(), i)).find("\"stateful\": true") != std::string::npos) {
      EXPECT_ERROR(LayerRun(make(i), case_json(def(), i), Symbolic::batch), ErrorCode::corrupt_file, "batch");
      continue;
    }
    LayerRun run(make(i), case_json(def(), i), Symbolic::batch);
    run.set_weights(golden(), i);
    expect_answers(run, run.execute(golden(), i), i);
  }
}

// Where a layer needs no size but that of the last axis.
TEST_P(Layers, LowerForOpenShapes) {
  EACH_CASE(i) {
    std::optional<LayerRun> run;
    try {
      run.emplace(make(i), case_json(def(), i), Symbolic::most);
    } catch (const Error& error) {
      EXPECT_TRUE(error.code() == ErrorCode::corrupt_file || error.code() == ErrorCode::unsupported)
          << error.what();
      continue;
    }
    run->set_weights(golden(), i);
    try {
      expect_answers(*run, run->evaluate(golden(), i), i);
    } catch (
        const Error& error) {  // a size that turns out to need another way is refused, never answered wrong
      EXPECT_EQ(error.code(), ErrorCode::invalid_argument) << error.what();
    }
  }
}

TEST_P(Layers, ReadKerasConfigs) {
  EACH_CASE(i) {
    const Json saved = golden().meta(i).at("saved_config");
    if (saved.is_null()) continue;  // a layer that Keras 3 no longer has
    const LayerPtr layer = make_layer(object_form(def(), saved));
    EXPECT_EQ(serialization::print_json(sorted(layer_config(*layer).at("config")), 1),
              serialization::print_json(sorted(saved), 1));
    LayerRun run(layer, case_json(def(), i), Symbolic::none);
    run.set_weights(golden(), i);
    expect_answers(run, run.evaluate(golden(), i), i);
  }
}

TEST_P(Layers, WriteWhatTheyRead) {
  EACH_CASE(i) {
    const Json written = layer_config(*make(i));
    EXPECT_EQ(layer_config(*make_layer(written)), written);
  }
}

struct BadValue {
  const char* key;
  const char* value;
};
constexpr BadValue bad_values[] = {
    {"units", "-1"},
    {"units", "0"},
    {"filters", "-3"},
    {"filters", "0"},
    {"kernel_size", "0"},
    {"strides", "0"},
    {"pool_size", "0"},
    {"pool_size", "-2"},
    {"dilation_rate", "0"},
    {"groups", "0"},
    {"depth_multiplier", "0"},
    {"output_dim", "-1"},
    {"input_dim", "-1"},
    {"size", "0"},
    {"padding", "\"odd\""},
    {"data_format", "\"odd\""},
    {"height", "-1"},
    {"width", "0"},
    {"num_heads", "0"},
    {"key_dim", "0"},
    {"n", "-1"},
    {"rate", "-1"},
    {"num_tokens", "0"},
    {"interpolation", "\"odd\""},
    {"output_mode", "\"x\""},
    {"target_shape", "[-3]"},
    {"dims", "[9]"},
    {"axis", "9"},
    {"cropping", "-1"},
    {"lora_rank", "-1"},
    {"power_iterations", "0"},
};

TEST_P(Layers, RefuseBadArguments) {
  EACH_CASE(i) {
    const Json good = layer_config(*make(i)).at("config");
    for (const BadValue& bad : bad_values) {
      if (!good.find(bad.key)) continue;
      SCOPED_TRACE(cat(bad.key, " = ", bad.value));
      Json config = good;
      config[bad.key] = serialization::parse_json(bad.value, "value");
      EXPECT_ERROR(LayerRun(make_layer(object_form(def(), config)), case_json(def(), i), Symbolic::none),
                   ErrorCode::corrupt_file, config.at("name").as_string());
    }
  }
}

// Whatever stands in a config, the answer is a layer or a refusal.
TEST_P(Layers, SurviveAnyArgument) {
  EACH_CASE(i) {
    const Json good = layer_config(*make(i)).at("config");
    for (const auto& [key, value] : good.as_object())
      for (const char* text :
           {"-7", "0", "1000000000000", "1e300", "\"odd\"", "[]", "[0, 1]", "{}", "null"}) {
        Json config = good;
        config[key] = serialization::parse_json(text, "value");
        try {
          LayerRun(make_layer(object_form(def(), config)), case_json(def(), i), Symbolic::batch);
        } catch (const Error& error) {
          EXPECT_TRUE(error.code() == ErrorCode::corrupt_file || error.code() == ErrorCode::unsupported)
              << key << " = " << text << ": " << error.what();
        }
      }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Layers, testing::ValuesIn(registry_layers().begin(), registry_layers().end()),
                         [](const auto& info) { return std::string(info.param->class_name); });

}  // namespace
}  // namespace keratin::tests
