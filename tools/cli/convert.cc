#include <algorithm>
#include <cstdio>

#include "commands.h"

namespace keratin::cli {
namespace {

struct Options {
  Common common;
  std::string out;
  SaveOptions save;
  bool no_optimizer = false;
};

int convert(const Options& o) {
  LoadOptions load = o.common.load;
  load.initialise = o.save.format == "json" || (o.save.format.empty() && o.out.ends_with(".json"));
  const Model model = load_model(o.common.model, load);
  tell_report(o.common, model);
  SaveOptions save = o.save;
  save.optimizer = !o.no_optimizer;
  model.save(o.out, save);
  if (o.common.json) std::printf("%s\n", joined({field("out", quoted(o.out))}, "{", "}").c_str());
  return 0;
}

}  // namespace

void add_convert(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("convert", "writes the model as a file of another format");
  auto options = std::make_shared<Options>();
  add_common(*command, options->common);
  command->add_option("out", options->out, "the file to write; its suffix tells the format")->required();
  command->add_option("--to", options->save.format, "keras, h5, json, weights.h5, h5-weights")
      ->check(CLI::IsMember(
          {"keras", "h5", "json", "weights.h5", "h5-weights", "savedmodel", "checkpoint", "plan"}));
  command->add_option("--flavour", options->save.flavour, "keras3 or tf_keras; else that of the file")
      ->check(CLI::IsMember({"keras3", "tf_keras", "serving"}));
  command->add_flag("--no-optimizer", options->no_optimizer, "leave out what the model is compiled with");
  command->callback([options, &run] { run = [options] { return convert(*options); }; });
}

}  // namespace keratin::cli
