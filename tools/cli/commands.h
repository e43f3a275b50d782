// The commands of the keratin executable. Each registers itself on the application and sets what to run.
#pragma once

#include <keratin/keratin.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace keratin::cli {

// Options that all commands have.
struct Common {
  std::string model;
  LoadOptions load;
  std::int64_t batch_size = 32;
  bool json = false, quiet = false;
};

using Run = std::function<int()>;
void add_common(CLI::App& command, Common& common);
void add_summary(CLI::App& app, Run& run);
void add_check(CLI::App& app, Run& run);
void add_predict(CLI::App& app, Run& run);
void add_weights(CLI::App& app, Run& run);
void add_bench(CLI::App& app, Run& run);

// Lines about what a load did not restore, on stderr.
void tell_report(const Common& common, const Model& model);
// One JSON string, quoted.
std::string quoted(const std::string& text);
std::string shape_json(const Shape& shape);  // [null, 3]

}  // namespace keratin::cli
