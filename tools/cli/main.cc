#include <cstdio>

#include "commands.h"

namespace keratin::cli {
namespace {

struct ExitCode {
  ErrorCode code;
  int exit;
};
constexpr ExitCode exits[] = {
    {ErrorCode::corrupt_file, 3}, {ErrorCode::unsupported, 4}, {ErrorCode::data_mismatch, 5}};

std::string wrong_device(const std::string& name) {
  if (name == "auto" || name == "cpu" || name == "cuda") return {};
  const std::string number = name.starts_with("cuda:") ? name.substr(5) : "";
  if (!number.empty() && number.size() < 4 && number.find_first_not_of("0123456789") == std::string::npos)
    return {};
  return "expected auto, cpu, cuda or cuda:K";
}

}  // namespace

int exit_code(ErrorCode code) {
  for (const ExitCode& row : exits)
    if (row.code == code) return row.exit;
  return 1;
}

void add_common(CLI::App& command, Common& common) {
  command.add_option("model", common.model, "any Keras model file or folder")->required();
  command.add_option("--weights", common.load.weights, "take the weights from this file");
  command.add_option("--arch", common.load.architecture, "take the architecture from this file");
  command.add_flag("--by-name", common.load.by_name, "pair layers and weights by name");
  command.add_option("--backend", common.load.backend,
                     "what wrote a file of Keras 1 or 2 that doesn't say: theano, tensorflow");
  command.add_flag("--skip-mismatch", common.load.skip_mismatch, "leave what doesn't fit as it is");
  command.add_option("--device", common.load.device, "auto, cpu, cuda, cuda:K")
      ->default_str("auto")
      ->check(CLI::Validator(wrong_device, "", "device"));
  command.add_option("--threads", common.load.threads, "0: one per core")->check(CLI::Range(0, 1024));
  command.add_option("--batch-size", common.batch_size)->check(CLI::PositiveNumber);
  command.add_flag("--json", common.json, "one JSON object on stdout");
  command.add_flag("--quiet", common.quiet, "errors only");
}

void tell_report(const Common& common, const Model& model) {
  if (common.quiet) return;
  for (const std::string& line : model.report()) std::fprintf(stderr, "keratin: %s\n", line.c_str());
}

}  // namespace keratin::cli

int main(int argc, char** argv) {
  using namespace keratin::cli;
  CLI::App app{"keratin: loads, runs and saves every Keras model file"};
  app.set_version_flag("--version", "keratin " KERATIN_VERSION);
  app.require_subcommand(1);
  Run run;
  for (auto add :
       {add_summary, add_check, add_predict, add_weights, add_bench, add_convert, add_fit, add_evaluate})
    add(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  try {
    const int status = run();
    if (std::fflush(stdout) == 0) return status;
    std::fprintf(stderr, "keratin: stdout can't be written\n");
    return 1;
  } catch (const UsageError& e) {
    std::fprintf(stderr, "keratin: %s\n", e.what());
    return 2;
  } catch (const keratin::Error& e) {
    std::fprintf(stderr, "keratin: %s\n", e.what());
    return exit_code(e.code());
  } catch (const std::exception& e) {
    std::fprintf(stderr, "keratin: %s\n", e.what());
    return 1;
  }
}
