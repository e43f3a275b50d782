#include <cmath>
#include <cstdio>
#include <map>

#include "commands.h"

namespace keratin::cli {
namespace {

struct Options {
  Common common;
  std::string other;
};

int list(const Options& o) {
  const Model model = load_model(o.common.model, o.common.load);
  std::string text = "{\"variables\": [";
  bool first = true;
  for (const VariableSpec& v : model.variables()) {
    if (!o.common.json) {
      std::printf("%-60s %-9s %s%s\n", v.path.c_str(), std::string(name_of(v.dtype)).c_str(),
                  shape_json(v.shape).c_str(), v.trainable ? "" : " not trainable");
      continue;
    }
    text += std::string(first ? "" : ", ") + "{\"path\": " + quoted(v.path) +
            ", \"shape\": " + shape_json(v.shape) + ", \"dtype\": " + quoted(std::string(name_of(v.dtype))) +
            ", \"trainable\": " + (v.trainable ? "true" : "false") + "}";
    first = false;
  }
  if (o.common.json) std::printf("%s]}\n", text.c_str());
  return 0;
}

// The largest difference of two tensors of one shape, or -1 when dtype or shape differ.
double difference(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return -1;
  if (a.bytes() == 0 || std::memcmp(a.raw(), b.raw(), a.bytes()) == 0) return 0;
  double largest = 0;
  auto scan = [&]<class T>(T) {
    for (std::size_t i = 0; i < a.elements(); ++i) {
      const double d = std::fabs(static_cast<double>(a.data<T>()[i]) - static_cast<double>(b.data<T>()[i]));
      if (!(d <= largest)) largest = d;
    }
  };
  if (a.dtype() == DType::float32)
    scan(float{});
  else if (a.dtype() == DType::float64)
    scan(double{});
  else
    largest = INFINITY;  // other dtypes: equal or not
  return largest;
}

int compare(const Options& o) {
  const Model a = load_model(o.common.model, o.common.load), b = load_model(o.other, o.common.load);
  const auto va = a.variables(), vb = b.variables();
  const auto wa = a.get_weights(), wb = b.get_weights();
  std::map<std::string, std::size_t> paths;
  for (std::size_t i = 0; i < vb.size(); ++i) paths[vb[i].path] = i;
  const bool by_path = [&] {
    for (const VariableSpec& v : va)
      if (!paths.count(v.path)) return false;
    return va.size() == vb.size();
  }();
  if (!by_path && va.size() != vb.size()) {
    std::printf("%zu variables, %zu variables\n", va.size(), vb.size());
    return 1;
  }
  int differing = 0;
  for (std::size_t i = 0; i < va.size(); ++i) {
    const std::size_t k = by_path ? paths[va[i].path] : i;
    const double d = difference(wa[i], wb[k]);
    if (d == 0) continue;
    ++differing;
    if (d < 0)
      std::printf("%s: %s %s, %s %s\n", va[i].path.c_str(), std::string(name_of(va[i].dtype)).c_str(),
                  shape_json(va[i].shape).c_str(), std::string(name_of(vb[k].dtype)).c_str(),
                  shape_json(vb[k].shape).c_str());
    else
      std::printf("%s: differs by up to %g\n", va[i].path.c_str(), d);
  }
  return differing ? 1 : 0;
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
