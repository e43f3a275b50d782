#include <cstdio>

#include "commands.h"

namespace keratin::cli {
namespace {

struct ExitCode {
  ErrorCode code;
  int exit;
};
// 0 done, 2 wrong usage, 3 bad model file, 4 unsupported, 5 data don't fit, 1 anything else.
constexpr ExitCode exits[] = {
    {ErrorCode::corrupt_file, 3}, {ErrorCode::unsupported, 4}, {ErrorCode::data_mismatch, 5}};

int exit_code(ErrorCode code) {
  for (const ExitCode& row : exits)
    if (row.code == code) return row.exit;
  return 1;
}

}  // namespace

void add_common(CLI::App& command, Common& common) {
  command.add_option("model", common.model, "any Keras model file or folder")->required();
  command.add_option("--weights", common.load.weights, "take the weights from this file");
  command.add_option("--arch", common.load.architecture, "take the architecture from this file");
  command.add_flag("--by-name", common.load.by_name, "pair layers and weights by name");
  command.add_flag("--skip-mismatch", common.load.skip_mismatch, "leave what doesn't fit as it is");
  command.add_option("--device", common.load.device, "auto, cpu")->default_str("auto");
  command.add_option("--threads", common.load.threads, "0: one per core")->check(CLI::Range(0, 1024));
  command.add_option("--batch-size", common.batch_size)->check(CLI::PositiveNumber);
  command.add_flag("--json", common.json, "one JSON object on stdout");
  command.add_flag("--quiet", common.quiet, "errors only");
}

void tell_report(const Common& common, const Model& model) {
  if (common.quiet) return;
  for (const std::string& line : model.report()) std::fprintf(stderr, "keratin: %s\n", line.c_str());
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (unsigned char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c < 0x20) {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "\\u%04x", c);
      out += buffer;
    } else {
      out += static_cast<char>(c);
    }
  }
  return out + "\"";
}

std::string shape_json(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + (shape[i] < 0 ? std::string("null") : std::to_string(shape[i]));
  return text + "]";
}

}  // namespace keratin::cli

int main(int argc, char** argv) {
  using namespace keratin::cli;
  CLI::App app{"keratin: loads, runs and saves every Keras model file"};
  app.set_version_flag("--version", "keratin 0.1.0");
  app.require_subcommand(1);
  Run run;
  for (auto add : {add_summary, add_check, add_predict, add_weights, add_bench}) add(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  try {
    return run();
  } catch (const keratin::Error& e) {
    std::fprintf(stderr, "keratin: %s\n", e.what());
    return exit_code(e.code());
  } catch (const std::exception& e) {
    std::fprintf(stderr, "keratin: %s\n", e.what());
    return 1;
  }
}
