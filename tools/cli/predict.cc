#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "commands.h"

namespace keratin::cli {
namespace {

struct Options {
  Common common;
  std::string input, output, signature;
  bool training = false;
};

// One line that counts samples, ten times a second once a prediction takes long; only a terminal gets it.
class Progress {
 public:
  void operator()(std::int64_t done, std::int64_t total) {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_ && !(shown_ && done == total)) return;
    next_ = now + std::chrono::milliseconds(100);
    std::fprintf(stderr, "\r%lld/%lld", static_cast<long long>(done), static_cast<long long>(total));
    shown_ = true;
  }
  void end() {
    if (shown_) std::fputc('\n', stderr);
    shown_ = false;
  }

 private:
  std::chrono::steady_clock::time_point next_ =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(500);
  bool shown_ = false;
};

// A data file that isn't understood is the user's, not the model's.
NamedTensors user_data(const std::string& path) {
  try {
    return read_data(path);
  } catch (const Error& e) {
    if (e.code() == ErrorCode::io || e.code() == ErrorCode::corrupt_file) throw;
    throw Error(ErrorCode::data_mismatch, e.what());
  }
}

std::string json_of(const NamedTensors& results) {
  std::vector<std::string> outputs;
  for (const auto& [name, tensor] : results)
    outputs.push_back(joined({field("name", quoted(name)), field("shape", shape_json(tensor.shape())),
                              field("dtype", quoted(std::string(name_of(tensor.dtype()))))},
                             "{", "}"));
  return joined({field("outputs", joined(outputs, "[", "]"))}, "{", "}");
}

int predict(const Options& o) {
  const Model model = load_model(o.common.model, o.common.load);
  tell_report(o.common, model);
  if (!o.signature.empty())
    throw UsageError("--signature " + o.signature + ": " + o.common.model +
                     " has no signatures; leave it out");
  const NamedTensors data = user_data(o.input);
  PredictOptions options;
  options.batch_size = o.common.batch_size;
  options.training = o.training;
  Progress progress;
  if (isatty(STDERR_FILENO) && !o.common.quiet) options.progress = std::ref(progress);
  const NamedTensors results = model.predict(data, options);
  progress.end();
  write_npz(o.output, results);
  if (o.common.json) std::printf("%s\n", json_of(results).c_str());
  return 0;
}

}  // namespace

void add_predict(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("predict", "inference on arrays");
  auto options = std::make_shared<Options>();
  add_common(*command, options->common);
  command->add_option("-i,--input", options->input, ".npy or .npz")->required();
  command->add_option("-o,--output", options->output, ".npz to write")->required();
  command->add_option("--signature", options->signature, "a function of a SavedModel");
  command->add_flag("--training", options->training, "take the training branch; no state changes");
  command->callback([options, &run] { run = [options] { return predict(*options); }; });
}

}  // namespace keratin::cli
