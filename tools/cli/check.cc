#include <cstdio>

#include "commands.h"

namespace keratin::cli {
namespace {

std::string json_of(const CheckResult& result) {
  std::vector<std::string> layers, problems, converted;
  for (const LayerSpec& layer : result.layers)
    layers.push_back(
        joined({field("name", quoted(layer.name)), field("class", quoted(layer.class_name))}, "{", "}"));
  for (const std::string& problem : result.problems) problems.push_back(quoted(problem));
  for (const std::string& line : result.converted) converted.push_back(quoted(line));
  return joined({field("format", quoted(result.format)), field("writer", quoted(result.writer)),
                 field("layers", joined(layers, "[", "]")), field("problems", joined(problems, "[", "]")),
                 field("converted", joined(converted, "[", "]"))},
                "{", "}");
}

int check(const Common& common) {
  const CheckResult result = check_model(common.model, common.load);
  if (common.json) {
    std::printf("%s\n", json_of(result).c_str());
  } else if (!result.format.empty()) {
    std::printf("%s: %s%s%s, %zu layers\n", common.model.c_str(), result.format.c_str(),
                result.writer.empty() ? "" : " written by ", result.writer.c_str(), result.layers.size());
    for (const std::string& line : result.converted) std::printf("  converted: %s\n", line.c_str());
    for (const std::string& problem : result.problems)
      if (!result.refusal || problem != result.refusal->what()) std::printf("  %s\n", problem.c_str());
  }
  if (!result.refusal) return 0;
  std::fprintf(stderr, "keratin: %s\n", result.refusal->what());
  const int status = exit_code(result.refusal->code());
  return status == 5 ? 3 : status;  // there are no data here that could be wrong
}

}  // namespace

void add_check(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("check", "reads everything, runs nothing");
  auto common = std::make_shared<Common>();
  add_common(*command, *common);
  command->callback([common, &run] { run = [common] { return check(*common); }; });
}

}  // namespace keratin::cli
