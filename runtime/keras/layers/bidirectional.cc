#include "runtime/core/error.h"
#include "runtime/keras/cell.h"
#include "runtime/keras/config.h"

namespace keratin {
namespace {

using namespace keras;

struct Config {
  std::optional<std::string> merge_mode;
  LayerPtr layer, backward_layer;

  template <class V>
  void describe(V& v) {
    v("merge_mode", merge_mode, "concat");
    v("layer", layer);
    v("backward_layer", backward_layer, nullptr);
  }
};

bool setting(const Layer& layer, const char* key) {
  const Json config = layer_config(layer).at("config");
  const Json* found = config.find(key);
  return found && found->truthy();
}

// A copy of layer with another name (prefixed once), and outputs of 0 at masked steps of sequences.
LayerPtr renamed(const Layer& layer, const std::string& prefix, bool turn) {
  Json object = layer_config(layer);
  Json& config = object["config"];
  check(config.find("go_backwards") != nullptr, ErrorCode::unsupported, "Bidirectional of a ",
        layer.def->class_name, " is not supported");
  config["name"] = layer.name.starts_with(prefix) ? layer.name : prefix + layer.name;
  if (turn) config["go_backwards"] = !setting(layer, "go_backwards");
  if (config.find("zero_output_for_mask"))
    config["zero_output_for_mask"] = setting(layer, "return_sequences");
  return make_layer(object);
}

void complete(Config& c) {
  check(c.layer != nullptr, ErrorCode::corrupt_file, "a Bidirectional without a layer");
  const LayerPtr given = c.layer;
  c.layer = renamed(*given, "forward_", false);
  c.backward_layer =
      c.backward_layer ? renamed(*c.backward_layer, "", false) : renamed(*given, "backward_", true);
  check(setting(*c.layer, "go_backwards") != setting(*c.backward_layer, "go_backwards"),
        ErrorCode::corrupt_file, "both layers run in the same direction");
  for (const char* key : {"return_sequences", "return_state", "stateful"})
    check(setting(*c.layer, key) == setting(*c.backward_layer, key), ErrorCode::corrupt_file,
          "the two layers differ in ", key);
}

void build(BuildContext& cx, const Config& c) {
  cx.add_layer("forward_layer", c.layer, {cx.input()});
  cx.add_layer("backward_layer", c.backward_layer, {cx.input()});
}

struct Merge {
  const char* name;
  ir::Value (*join)(ir::Value a, ir::Value b);
};
constexpr Merge merges[] = {
    {"concat",
     [](ir::Value a, ir::Value b) {
       return ir::concatenate({a, b}, -1);
     }},
    {"sum", [](ir::Value a, ir::Value b) { return a + b; }},
    {"ave", [](ir::Value a, ir::Value b) { return (a + b) / 2.0; }},
    {"mul", [](ir::Value a, ir::Value b) { return a * b; }},
};

// The sequence, and one half of the states given.
std::vector<Traced> inputs_of_half(LowerContext& cx, bool second) {
  const ir::Values states = given_states(cx, "initial_state");
  check(states.size() % 2 == 0, ErrorCode::corrupt_file, "called with an odd number of initial states");
  const std::size_t half = states.size() / 2, first = second ? half : 0;
  std::vector<Traced> inputs = {{cx.input(), cx.mask()}};
  for (std::size_t i = first; i < first + half; ++i) inputs.push_back({states[i], {}});
  return inputs;
}

ir::Values lower(LowerContext& cx, const Config& c) {
  auto run = [&](const char* child, bool second) {
    ir::Values values;
    for (const Traced& traced : cx.run(cx.child(child), inputs_of_half(cx, second)))
      values.push_back(ir::cast(traced.value, cx.compute_dtype()));
    return values;
  };
  const ir::Values forward = run("forward_layer", false);
  ir::Values backward = run("backward_layer", true);
  const bool sequences = setting(*c.layer, "return_sequences");
  if (sequences) backward[0] = ir::reverse(backward[0], {1});
  ir::Values results;
  if (!c.merge_mode) results = {forward[0], backward[0]};
  for (const Merge& merge : merges)
    if (c.merge_mode && *c.merge_mode == merge.name) results = {merge.join(forward[0], backward[0])};
  check(!results.empty(), ErrorCode::corrupt_file, "merge_mode \"", c.merge_mode.value_or(""),
        "\": expected concat, sum, ave, mul or null");
  for (std::size_t i = 0; sequences && i < results.size(); ++i) cx.set_mask(i, cx.mask());
  results.insert(results.end(), forward.begin() + 1, forward.end());
  results.insert(results.end(), backward.begin() + 1, backward.end());
  return results;
}

constexpr LayerCase cases[] = {
    {R"({"layer": {"module": "keras.layers", "class_name": "SimpleRNN", "registered_name": null,
         "config": {"units": 3, "name": "rnn", "return_sequences": true}}})",
     "float32[2,5,4]"},
    {R"({"merge_mode": "sum", "layer": {"module": "keras.layers", "class_name": "SimpleRNN",
         "registered_name": null, "config": {"units": 3, "name": "rnn"}}})",
     "float32[2,5,4]", R"({"mask": "bool[2,5]"})"},
    {R"({"merge_mode": null, "layer": {"module": "keras.layers", "class_name": "SimpleRNN",
         "registered_name": null, "config": {"units": 3, "name": "rnn", "return_sequences": true}}})",
     "float32[2,5,4]", R"({"mask": "bool[2,5]"})"},
    {R"({"merge_mode": "ave", "layer": {"module": "keras.layers", "class_name": "SimpleRNN",
         "registered_name": null, "config": {"units": 3, "name": "rnn", "return_state": true}}})",
     "float32[2,5,4]"},
    {R"({"merge_mode": "mul", "layer": {"module": "keras.layers", "class_name": "SimpleRNN",
         "registered_name": null, "config": {"units": 3, "name": "rnn"}},
         "backward_layer": {"module": "keras.layers", "class_name": "SimpleRNN", "registered_name": null,
         "config": {"units": 3, "name": "back", "go_backwards": true, "activation": "relu"}}})",
     "float32[2,5,4]"},
    {R"({"layer": {"module": "keras.layers", "class_name": "LSTM", "registered_name": null,
         "config": {"units": 3, "name": "rnn", "return_sequences": true, "return_state": true}}})",
     "float32[2,5,4]", R"({"mask": "bool[2,5]"})"},
    {R"({"merge_mode": "sum", "layer": {"module": "keras.layers", "class_name": "LSTM", "registered_name": null,
         "config": {"units": 3, "name": "rnn", "return_state": true}}})",
     "float32[2,5,4]",
     R"({"initial_state": ["float32[2,3]", "float32[2,3]", "float32[2,3]", "float32[2,3]"]})"},
    {R"({"merge_mode": "mul", "layer": {"module": "keras.layers", "class_name": "GRU", "registered_name": null,
         "config": {"units": 3, "name": "rnn", "stateful": true, "return_sequences": true}}})",
     "float32[2,5,4]", R"({"mask": "bool[2,5]"})"},
    {R"({"merge_mode": null, "layer": {"module": "keras.layers", "class_name": "GRU", "registered_name": null,
         "config": {"units": 3, "name": "rnn", "return_state": true}},
         "backward_layer": {"module": "keras.layers", "class_name": "SimpleRNN", "registered_name": null,
         "config": {"units": 3, "name": "back", "go_backwards": true, "return_state": true}}})",
     "float32[2,5,4]"},
    {R"({"layer": {"module": "keras.layers", "class_name": "LSTM", "registered_name": null,
         "config": {"units": 3, "name": "rnn", "return_sequences": true, "dropout": 0.3, "seed": 5}}})",
     "float32[2,5,4]", R"({"training": true})"},
    {R"({"layer": {"module": "keras.layers", "class_name": "ConvLSTM2D", "registered_name": null,
         "config": {"filters": 2, "kernel_size": 2, "name": "rnn", "return_sequences": true}}})",
     "float32[2,3,4,3,2]"},
};

constexpr LayerDef with_both_layers() {
  LayerDef def = define_layer<Config, build, lower>(
      {.class_name = "Bidirectional", .masking = Masking::handles, .cases = cases});
  def.read = [](const Json& json, Json& left) -> ConfigPtr {
    auto config = std::make_shared<Config>();
    ConfigReader reader(json, left);
    config->describe(reader);
    complete(*config);
    return config;
  };
  return def;
}

}  // namespace
extern const LayerDef layer_bidirectional = with_both_layers();
}  // namespace keratin
