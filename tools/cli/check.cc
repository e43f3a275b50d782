#include <cstdio>

#include "commands.h"

namespace keratin::cli {
namespace {

std::string json_of(const CheckResult& result) {
  std::string text =
      "{\"format\": " + quoted(result.format) + ", \"writer\": " + quoted(result.writer) + ", \"layers\": [";
  for (std::size_t i = 0; i < result.layers.size(); ++i)
    text += std::string(i ? ", " : "") + "{\"name\": " + quoted(result.layers[i].name) +
            ", \"class\": " + quoted(result.layers[i].class_name) + "}";
  text += "], \"problems\": [";
  for (std::size_t i = 0; i < result.problems.size(); ++i)
    text += (i ? ", " : "") + quoted(result.problems[i]);
  return text + "]}";
}

}  // namespace

void add_check(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("check", "reads everything, runs nothing");
  auto common = std::make_shared<Common>();
  add_common(*command, *common);
  command->callback([common, &run] {
    run = [common] {
      CheckResult result;
      try {
        result = check_model(common->model, common->load);
      } catch (const Error& e) {
        if (common->json) std::printf("%s\n", json_of({"", "", {}, {e.what()}}).c_str());
        throw;
      }
      if (common->json) {
        std::printf("%s\n", json_of(result).c_str());
      } else {
        std::printf("%s: %s%s%s, %zu layers\n", common->model.c_str(), result.format.c_str(),
                    result.writer.empty() ? "" : " written by ", result.writer.c_str(), result.layers.size());
        for (const std::string& problem : result.problems) std::printf("  %s\n", problem.c_str());
      }
      return 0;
    };
  });
}

}  // namespace keratin::cli
