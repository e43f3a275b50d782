#include <cstdio>

#include "commands.h"

namespace keratin::cli {
namespace {

std::string json_of(const Model& model) {
  std::vector<std::string> layers;
  for (const LayerSpec& layer : model.layer_specs()) {
    std::vector<std::string> shapes, inputs;
    for (const Shape& shape : layer.output_shapes) shapes.push_back(shape_json(shape));
    for (const std::string& input : layer.inputs) inputs.push_back(quoted(input));
    layers.push_back(joined(
        {field("name", quoted(layer.name)), field("class", quoted(layer.class_name)),
         field("output_shapes", joined(shapes, "[", "]")),
         field("parameters", std::to_string(layer.parameters)), field("inputs", joined(inputs, "[", "]"))},
        "{", "}"));
  }
  return joined({field("name", quoted(model.name())), field("layers", joined(layers, "[", "]"))}, "{", "}");
}

int summary(const Common& common) {
  LoadOptions load = common.load;
  load.initialise = true;  // an architecture alone has a summary, too
  load.compile = false;
  const Model model = load_model(common.model, load);
  std::printf("%s\n", common.json ? json_of(model).c_str() : model.summary().c_str());
  return 0;
}

}  // namespace

void add_summary(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("summary", "the table of layers, shapes and parameter counts");
  auto common = std::make_shared<Common>();
  add_common(*command, *common);
  command->callback([common, &run] { run = [common] { return summary(*common); }; });
}

}  // namespace keratin::cli
