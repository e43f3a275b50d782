#include <unistd.h>

#include <cstdio>

#include "commands.h"

namespace keratin::cli {
namespace {

struct Options {
  Common common;
  std::string input, output;
  bool training = false;
};

int predict(Options& o) {
  const Model model = load_model(o.common.model, o.common.load);
  tell_report(o.common, model);
  const NamedTensors data = read_data(o.input);
  PredictOptions options;
  options.batch_size = o.common.batch_size;
  options.training = o.training;
  if (isatty(STDERR_FILENO) && !o.common.quiet)
    options.progress = [](std::int64_t done, std::int64_t total) {
      std::fprintf(stderr, "\r%lld/%lld%s", static_cast<long long>(done), static_cast<long long>(total),
                   done == total ? "\n" : "");
    };
  const NamedTensors results = model.predict(data, options);
  write_npz(o.output, results);
  if (o.common.json) {
    std::string text = "{\"outputs\": [";
    for (std::size_t i = 0; i < results.size(); ++i)
      text += std::string(i ? ", " : "") + "{\"name\": " + quoted(results[i].first) +
              ", \"dtype\": " + quoted(std::string(name_of(results[i].second.dtype()))) +
              ", \"shape\": " + shape_json(results[i].second.shape()) + "}";
    std::printf("%s]}\n", text.c_str());
  }
  return 0;
}

}  // namespace

void add_predict(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("predict", "inference on arrays");
  auto options = std::make_shared<Options>();
  add_common(*command, options->common);
  command->add_option("-i,--input", options->input, ".npy or .npz")->required();
  command->add_option("-o,--output", options->output, ".npz to write")->required();
  command->add_flag("--training", options->training, "take the training branch; no state changes");
  command->callback([options, &run] { run = [options] { return predict(*options); }; });
}

}  // namespace keratin::cli
