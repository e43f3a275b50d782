#include <cstdio>

#include "commands.h"

namespace keratin::cli {
namespace {

std::string json_of(const Model& model) {
  std::string text = "{\"name\": " + quoted(model.name()) + ", \"layers\": [";
  bool first = true;
  for (const LayerSpec& layer : model.layer_specs()) {
    text += std::string(first ? "" : ", ") + "{\"name\": " + quoted(layer.name) +
            ", \"class\": " + quoted(layer.class_name) + ", \"output_shapes\": [";
    for (std::size_t i = 0; i < layer.output_shapes.size(); ++i)
      text += (i ? ", " : "") + shape_json(layer.output_shapes[i]);
    text += "], \"parameters\": " + std::to_string(layer.parameters) + "}";
    first = false;
  }
  return text + "]}";
}

}  // namespace

void add_summary(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("summary", "the table of layers, shapes and parameter counts");
  auto common = std::make_shared<Common>();
  add_common(*command, *common);
  command->callback([common, &run] {
    run = [common] {
      common->load.initialise = true;  // an architecture alone has a summary, too
      common->load.compile = false;
      const Model model = load_model(common->model, common->load);
      std::printf("%s\n", common->json ? json_of(model).c_str() : model.summary().c_str());
      return 0;
    };
  });
}

}  // namespace keratin::cli
