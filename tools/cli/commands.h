// The commands of the keratin executable. Each registers itself on the application and sets what to run.
#pragma once

#include <keratin/keratin.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <stdexcept>
#include <string>

namespace keratin::cli {

// Options that all commands have.
struct Common {
  std::string model;
  LoadOptions load;
  std::int64_t batch_size = 32;
  bool json = false, quiet = false;
};

// Options that don't go together, or name what isn't there: exit status 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Run = std::function<int()>;
void add_common(CLI::App& command, Common& common);
void add_summary(CLI::App& app, Run& run);
void add_check(CLI::App& app, Run& run);
void add_predict(CLI::App& app, Run& run);
void add_weights(CLI::App& app, Run& run);
void add_bench(CLI::App& app, Run& run);
void add_fit(CLI::App& app, Run& run);
void add_evaluate(CLI::App& app, Run& run);
void add_convert(CLI::App& app, Run& run);

// 0 done, 2 wrong usage, 3 bad model file, 4 unsupported, 5 data don't fit, 1 anything else.
int exit_code(ErrorCode code);
// Lines about what a load did not restore, on stderr.
void tell_report(const Common& common, const Model& model);

// JSON: a string with its quotes, a shape ([null, 3]), and {…} or […] of what was made before.
std::string quoted(const std::string& text);
std::string shape_json(const Shape& shape);
std::string joined(const std::vector<std::string>& items, const char* open, const char* close);
std::string field(const char* key, const std::string& json);

}  // namespace keratin::cli
