// What a file holds, told without running anything: keratin check, and the arrays of bare weights.
#include <algorithm>
#include <set>

#include "keratin/model.h"
#include "runtime/api/training.h"
#include "runtime/core/error.h"

namespace keratin {
inline namespace v1 {
namespace {

using serialization::Json;

// Names and classes of the layers as the config has them; nested models count as one layer.
std::vector<LayerSpec> named_layers(const Json& config) {
  std::vector<LayerSpec> specs;
  const Json* inner = config.find("config");
  const Json* layers = !inner ? nullptr : inner->is_array() ? inner : inner->find("layers");
  if (!layers || !layers->is_array()) return specs;
  for (const Json& entry : layers->as_array()) {
    const Json* kind = entry.find("class_name");
    const Json* registered = entry.find("registered_name");
    const Json* own = entry.find("config");
    const Json* name = own ? own->find("name") : nullptr;
    LayerSpec spec{};
    if (name && name->is_string()) spec.name = name->as_string();
    if (registered && registered->is_string())
      spec.class_name = registered->as_string();
    else if (kind && kind->is_string())
      spec.class_name = kind->as_string();
    specs.push_back(std::move(spec));
  }
  return specs;
}

void read_everything(const serialization::ModelDocument& document) {
  for (const auto& one : document.checks) one();
  for (const auto& [name, entry] : document.weights.tensors)
    serialization::read_tensor(document.file + ":" + name, entry);
}

// "dense_2" before "dense_10": digits compare as the numbers that they are.
bool comes_before(const std::string& a, const std::string& b) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    if (digit(a[i]) && digit(b[k])) {
      std::size_t m = i, n = k;
      while (m < a.size() && digit(a[m])) ++m;
      while (n < b.size() && digit(b[n])) ++n;
      if (m - i != n - k) return m - i < n - k;
      if (const int order = a.compare(i, m - i, b, k, n - k)) return order < 0;
      i = m, k = n;
    } else if (a[i] != b[k]) {
      return a[i] < b[k];
    } else {
      ++i, ++k;
    }
  }
  return a.size() < b.size();
}

// The tensors as the file orders them: by its lists of names, else by the numbers in their paths.
std::vector<std::string> ordered_keys(const serialization::ModelDocument& document) {
  std::vector<std::string> keys;
  std::set<std::string> met;
  const auto add = [&](const std::string& key) {
    if (document.weights.tensors.count(key) && met.insert(key).second) keys.push_back(key);
  };
  const auto names = [&](const std::string& group, const char* attribute) {
    const auto found = document.weights.names.find(group.empty() ? "/" : group);
    if (found == document.weights.names.end()) return std::vector<std::string>();
    const auto list = found->second.find(attribute);
    return list == found->second.end() ? std::vector<std::string>() : list->second;
  };
  const std::string& root = document.weights_root;
  for (const std::string& layer : names(root, "layer_names"))
    for (const std::string& weight : names(root + "/" + layer, "weight_names"))
      add(root + "/" + layer + "/" + weight);
  for (const std::string& weight : names("/optimizer_weights", "weight_names"))
    add("/optimizer_weights/" + weight);
  std::vector<std::string> others;
  for (const auto& [key, entry] : document.weights.tensors) others.push_back(key);
  std::stable_sort(others.begin(), others.end(), comes_before);
  for (const std::string& key : others) add(key);
  return keys;
}

}  // namespace

CheckResult check_model(const std::string& path, const LoadOptions& options) {
  CheckResult result;
  try {
    const serialization::ModelDocument document = serialization::read_document(path);
    result.format = document.format;
    result.writer = document.writer + (document.writer_version.empty() ? "" : " " + document.writer_version);
    result.layers = named_layers(document.config);
    LoadOptions lenient = options;
    lenient.initialise = document.layout == serialization::WeightsLayout::none;
    const bool bare = document.config.is_null() && options.architecture.empty();
    if (bare) {
      result.problems = document.notes;
    } else {
      const Model model = load_model(path, lenient);
      result.layers = model.layer_specs();
      keras::LoadReport report = model.state().report;
      result.converted = std::move(report.converted);
      report.converted.clear();
      result.problems = lines_of(report);
      for (std::string& line : training_problems(model.state())) result.problems.push_back(std::move(line));
    }
    read_everything(document);  // last: what the architecture is refused for counts more than missing weights
  } catch (const Error& error) {
    result.problems.push_back(error.what());
    result.refusal = error;
  }
  return result;
}

StoredVariables read_variables(const std::string& path, const LoadOptions& options) {
  const serialization::ModelDocument document = serialization::read_document(path);
  const bool bare = document.config.is_null() && options.architecture.empty();
  StoredVariables found;
  if (!bare) {
    LoadOptions lenient = options;
    lenient.initialise = true;
    const Model model = load_model(path, lenient);
    found.variables = model.variables();
    found.values = model.get_weights();
  }
  for (const auto& one : document.checks) one();
  for (const std::string& key : ordered_keys(document)) {
    const serialization::TensorEntry& entry = document.weights.tensors.at(key);
    const std::string name = key.starts_with("/") ? key.substr(1) : key;
    const bool optimizer = name.starts_with("optimizer/") || name.starts_with("optimizer_weights/");
    if (!optimizer && !bare) continue;
    VariableSpec spec{name, entry.dtype, entry.shape, !optimizer};
    Tensor value = serialization::read_tensor(document.file + ":" + key, entry);
    (optimizer ? found.optimizer_variables : found.variables).push_back(std::move(spec));
    (optimizer ? found.optimizer_values : found.values).push_back(std::move(value));
  }
  return found;
}

}  // namespace v1
}  // namespace keratin
