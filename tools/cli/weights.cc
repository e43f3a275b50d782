#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <set>

#include "commands.h"

namespace keratin::cli {
namespace {

struct Options {
  Common common;
  std::string other;
};

std::string dtype_of(const VariableSpec& v) { return std::string(name_of(v.dtype)); }

std::string json_of(const std::vector<VariableSpec>& variables) {
  std::vector<std::string> rows;
  for (const VariableSpec& v : variables)
    rows.push_back(
        joined({field("path", quoted(v.path)), field("shape", shape_json(v.shape)),
                field("dtype", quoted(dtype_of(v))), field("trainable", v.trainable ? "true" : "false")},
               "{", "}"));
  return joined(rows, "[", "]");
}

int list(const Options& o) {
  const StoredVariables stored = read_variables(o.common.model, o.common.load);
  if (o.common.json) {
    std::vector<std::string> fields = {field("variables", json_of(stored.variables))};
    if (!stored.optimizer_variables.empty())
      fields.push_back(field("optimizer_variables", json_of(stored.optimizer_variables)));
    std::printf("%s\n", joined(fields, "{", "}").c_str());
    return 0;
  }
  auto print = [](const std::vector<VariableSpec>& variables, const char* note) {
    for (const VariableSpec& v : variables)
      std::printf("%-60s %-9s %s%s\n", v.path.c_str(), dtype_of(v).c_str(), shape_json(v.shape).c_str(),
                  v.trainable ? "" : note);
  };
  print(stored.variables, " not trainable");
  print(stored.optimizer_variables, " optimizer");
  return 0;
}

// A row that differs: by how much, or why there is no number.
struct Difference {
  std::string path, why;
  double largest = 0;
};

std::optional<Difference> difference(const VariableSpec& a, const Tensor& x, const VariableSpec& b,
                                     const Tensor& y) {
  if (x.dtype() != y.dtype() || x.shape() != y.shape())
    return Difference{a.path, dtype_of(a) + " " + shape_json(x.shape()) + " and " + dtype_of(b) + " " +
                                  shape_json(y.shape())};
  if (x.bytes() == 0 || std::memcmp(x.raw(), y.raw(), x.bytes()) == 0) return std::nullopt;
  const Tensor wide_x = cast(x, DType::float64), wide_y = cast(y, DType::float64);
  Difference found{a.path, ""};
  for (std::size_t i = 0; i < wide_x.elements(); ++i) {
    const double p = wide_x.data<double>()[i], q = wide_y.data<double>()[i];
    if (p == q || (std::isnan(p) && std::isnan(q))) continue;
    const double d = std::fabs(p - q);
    if (std::isnan(d)) return Difference{a.path, "NaN on one side"};
    found.largest = std::max(found.largest, d);
  }
  if (found.largest == 0) return std::nullopt;  // 0 and -0
  return found;
}

// For every variable of a its partner in b: by path, else by order where count and shapes agree.
std::vector<std::size_t> partners(const StoredVariables& a, const StoredVariables& b) {
  std::map<std::string, std::size_t> paths;
  for (std::size_t i = 0; i < b.variables.size(); ++i) paths[b.variables[i].path] = i;
  std::vector<std::size_t> by_path, by_order;
  bool all = a.variables.size() == b.variables.size(), fits = all;
  for (std::size_t i = 0; i < a.variables.size(); ++i) {
    auto found = paths.find(a.variables[i].path);
    by_path.push_back(found == paths.end() ? b.variables.size() : found->second);
    by_order.push_back(i);
    all &= found != paths.end();
    fits = fits && a.variables[i].shape == b.variables[i].shape;
  }
  return !all && fits ? by_order : by_path;
}

bool share_a_path(const StoredVariables& a, const StoredVariables& b) {
  std::set<std::string> paths;
  for (const VariableSpec& v : a.variables) paths.insert(v.path);
  return std::any_of(b.variables.begin(), b.variables.end(),
                     [&](const VariableSpec& v) { return paths.count(v.path) > 0; });
}

// Bare weights have the paths of their file; where they fit into the other model they get its own.
void name_as_in(const std::string& model, const std::string& path, LoadOptions load,
                StoredVariables& stored) {
  load.architecture = model;
  try {
    stored = read_variables(path, load);
  } catch (const Error&) {  // they aren't that model's, or it is none
  }
}

int compare(const Options& o) {
  StoredVariables a = read_variables(o.common.model, o.common.load);
  LoadOptions load = o.common.load;
  load.weights.clear();  // belong to the first
  StoredVariables b = read_variables(o.other, load);
  if (load.architecture.empty() && !share_a_path(a, b)) name_as_in(o.common.model, o.other, load, b);
  if (load.architecture.empty() && !share_a_path(a, b)) name_as_in(o.other, o.common.model, o.common.load, a);
  std::vector<Difference> rows;
  std::vector<char> met(b.variables.size());
  const std::vector<std::size_t> partner = partners(a, b);
  for (std::size_t i = 0; i < a.variables.size(); ++i) {
    const std::size_t k = partner[i];
    if (k == b.variables.size()) {
      rows.push_back({a.variables[i].path, "only in " + o.common.model});
      continue;
    }
    met[k] = 1;
    if (auto found = difference(a.variables[i], a.values[i], b.variables[k], b.values[k]))
      rows.push_back(*found);
  }
  for (std::size_t k = 0; k < met.size(); ++k)
    if (!met[k]) rows.push_back({b.variables[k].path, "only in " + o.other});
  std::vector<std::string> printed;
  for (const Difference& row : rows) {
    char number[32];
    std::snprintf(number, sizeof number, "%.9g", row.largest);
    const std::string amount = std::isinf(row.largest) ? quoted(number) : number;
    if (o.common.json)
      printed.push_back(
          joined({field("path", quoted(row.path)),
                  row.why.empty() ? field("max_difference", amount) : field("why", quoted(row.why))},
                 "{", "}"));
    else
      std::printf("%s: %s\n", row.path.c_str(),
                  row.why.empty() ? (std::string("differs by up to ") + number).c_str() : row.why.c_str());
  }
  if (o.common.json)
    std::printf("%s\n", joined({field("equal", rows.empty() ? "true" : "false"),
                                field("differences", joined(printed, "[", "]"))},
                               "{", "}")
                            .c_str());
  return rows.empty() ? 0 : 1;
}

}  // namespace

void add_weights(CLI::App& app, Run& run) {
  CLI::App* command = app.add_subcommand("weights", "lists the variables, or compares two files");
  auto options = std::make_shared<Options>();
  add_common(*command, options->common);
  command->add_option("--diff", options->other, "compare with this model: exit 0 equal, 1 different");
  command->callback([options, &run] {
    run = [options] { return options->other.empty() ? list(*options) : compare(*options); };
  });
}

}  // namespace keratin::cli
