#include "runtime/keras/weights.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "runtime/core/error.h"
#include "runtime/core/shape.h"
#include "runtime/keras/legacy_weights.h"

namespace keratin::keras {
namespace {

using serialization::ModelDocument;
using serialization::TensorEntry;

// The datasets "<group>/0", "<group>/1", … in numerical order.
std::vector<std::pair<std::string, const TensorEntry*>> numbered(const ModelDocument& document,
                                                                 const std::string& group) {
  std::map<std::int64_t, std::pair<std::string, const TensorEntry*>> found;
  const std::string prefix = group + "/";
  for (auto it = document.weights.tensors.lower_bound(prefix); it != document.weights.tensors.end(); ++it) {
    if (!it->first.starts_with(prefix)) break;
    const std::string key = it->first.substr(prefix.size());
    if (key.empty() || key.size() > 9 ||
        !std::all_of(key.begin(), key.end(), [](unsigned char c) { return std::isdigit(c); }))
      continue;
    found[std::stoll(key)] = {it->first, &it->second};
  }
  std::vector<std::pair<std::string, const TensorEntry*>> list;
  for (auto& [number, entry] : found) list.push_back(entry);
  return list;
}

void walk(Layer& layer, const std::string& path, std::set<const Layer*>& seen,
          const std::function<void(Layer&, const std::string&)>& visit) {
  if (!seen.insert(&layer).second) return;
  visit(layer, path);
  std::map<std::string, int> numbers;  // per attribute and class: Keras counts shared layers too
  for (const Layer::Child& child : layer.children) {
    std::string name = child.name;
    if (child.in_list) {
      const std::string kind = snake_case(child.layer->file_class_name());
      const int number = numbers[child.name + "/" + kind]++;
      name += "/" + kind + (number ? "_" + std::to_string(number) : "");
    }
    walk(*child.layer, path.empty() ? name : path + "/" + name, seen, visit);
  }
}

void load_object_paths(Layer& model, const ModelDocument& document, const WeightOptions& options,
                       ErrorCode mismatch, LoadReport& report) {
  std::set<std::string> used;
  walk_object_paths(model, [&](Layer& layer, const std::string& path) {
    const std::vector<VariablePtr> variables = stored_variables(layer);
    const std::string group = document.weights_root + "/" + (path.empty() ? "" : path + "/") + "vars";
    const auto entries = numbered(document, group);
    const std::string where = document.file + ":" + group;
    for (const auto& [name, entry] : entries) used.insert(name);
    if (entries.size() != variables.size()) {
      if (options.skip_mismatch || entries.empty()) {
        for (const VariablePtr& variable : variables) report.unset.push_back(variable->path);
        if (!entries.empty())
          report.skipped.push_back(
              cat(group, ": ", entries.size(), " variables, the layer has ", variables.size()));
        return;
      }
      fail(mismatch, where, ": layer \"", layer.name, "\" (", layer.def->class_name, ") has ",
           variables.size(), " variables, the file holds ", entries.size());
    }
    for (std::size_t i = 0; i < variables.size(); ++i) {
      const auto& [name, entry] = entries[i];
      if (entry->shape != variables[i]->shape()) {
        check(options.skip_mismatch, mismatch, document.file, ":", name, ": shape ", to_string(entry->shape),
              ", variable ", variables[i]->path, " wants ", to_string(variables[i]->shape()));
        report.skipped.push_back(cat(name, ": shape ", to_string(entry->shape), ", the model wants ",
                                     to_string(variables[i]->shape())));
        continue;
      }
      variables[i]->assign_from(document.file + ":" + name, *entry);
      ++report.matched;
    }
  });
  for (const auto& [name, entry] : document.weights.tensors)
    if (!used.count(name)) report.unused.push_back(name);
}

}  // namespace

std::string snake_case(const std::string& class_name) {
  auto upper = [](char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; };
  auto lower = [](char c) { return std::islower(static_cast<unsigned char>(c)) != 0; };
  std::string name, first;
  for (char c : class_name)
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') name += c;
  // "(.)([A-Z][a-z]+)" -> "\1_\2": scanning left to right, a match consumes its characters
  for (std::size_t i = 0; i < name.size();) {
    if (i + 2 < name.size() && upper(name[i + 1]) && lower(name[i + 2])) {
      std::size_t end = i + 3;
      while (end < name.size() && lower(name[end])) ++end;
      first += name[i];
      first += '_';
      first += name.substr(i + 1, end - i - 1);
      i = end;
    } else {
      first += name[i++];
    }
  }
  std::string second;
  for (std::size_t i = 0; i < first.size(); ++i) {
    second += first[i];
    if (lower(first[i]) && i + 1 < first.size() && upper(first[i + 1])) second += '_';
  }
  for (char& c : second) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return second;
}

void walk_object_paths(Layer& model, const std::function<void(Layer&, const std::string&)>& visit) {
  std::set<const Layer*> seen;
  walk(model, "", seen, visit);
}

std::vector<VariablePtr> stored_variables(const Layer& layer) {
  std::vector<VariablePtr> found;
  for (bool trainable : {true, false})
    for (const Layer::Weight& weight : layer.weights) {
      const VariableKind kind = weight.variable->kind;
      // Keras stores a kernel with its low-rank weights added, without them
      if (weight.trainable == trainable && !weight.name.starts_with("lora_") &&
          (kind == VariableKind::parameter || kind == VariableKind::training_state))
        found.push_back(weight.variable);
    }
  return found;
}

void load_weights(Layer& model, const ModelDocument& document, const WeightOptions& options,
                  ErrorCode mismatch, LoadReport& report) {
  check(document.layout != serialization::WeightsLayout::none, ErrorCode::data_mismatch, document.file,
        " holds no weights");
  if (document.layout == serialization::WeightsLayout::v3)
    load_object_paths(model, document, options, mismatch, report);
  else
    load_legacy_weights(model, document, options, mismatch, report);
}

}  // namespace keratin::keras
