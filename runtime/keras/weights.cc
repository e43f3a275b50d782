#include "runtime/keras/weights.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "runtime/core/error.h"
#include "runtime/core/shape.h"
#include "runtime/keras/legacy_weights.h"
#include "runtime/keras/lora.h"

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

// How a version of Keras names what a model holds. Keras 3, 2.15 and tf_keras write the first.
struct PathScheme {
  const char* container = "layers";
  bool counts_twice = false;  // 2.13: layers with weights, because its container held them under two keys
  bool tf_keras = false;      // 2.15: old names of attributes, and no numbers for layers met before
};
constexpr PathScheme schemes[] = {{},
                                  {"layers", true},
                                  {"_layer_checkpoint_dependencies", false},
                                  {"_layer_checkpoint_dependencies", true}};

bool has_below(const ModelDocument& document, const std::string& path) {
  const auto found = document.weights.tensors.lower_bound(path + "/");
  return found != document.weights.tensors.end() && found->first.starts_with(path + "/");
}

class Walk {
 public:
  // document: null to name paths as Keras 3 does, else where they have to be.
  Walk(const PathScheme& scheme, const ModelDocument* document,
       const std::function<void(Layer&, const std::string&)>& visit)
      : scheme_(scheme), document_(document), visit_(visit) {}

  void run(Layer& layer, const std::string& path) {
    if (!seen_.insert(&layer).second) return;
    visit_(layer, path);
    std::map<std::string, int> numbers;  // per attribute and class: Keras counts shared layers too
    for (const Layer::Child& child : layer.children) {
      if (scheme_.tf_keras && seen_.count(child.layer.get())) continue;
      std::string name = scheme_.tf_keras ? child.old_name : child.name;
      if (child.in_list) {
        const std::string kind = snake_case(child.layer->file_class_name());
        int& number = numbers[child.name + "/" + kind];
        name = (name == "layers" ? scheme_.container : name) + "/" + kind;
        if (number) name += "_" + std::to_string(number);
        number += scheme_.counts_twice && !child.layer->variables().empty() ? 2 : 1;
      }
      run(*child.layer, below(path, name, child));
    }
  }

 private:
  std::string below(const std::string& path, const std::string& name, const Layer::Child& child) const {
    const std::string prefix = path.empty() ? "" : path + "/";
    if (document_ && child.old_name != child.name) {
      const std::string root = document_->weights_root + "/" + prefix;
      if (!has_below(*document_, root + name) && has_below(*document_, root + child.old_name))
        return prefix + child.old_name;
    }
    return prefix + name;
  }

  const PathScheme& scheme_;
  const ModelDocument* document_;
  const std::function<void(Layer&, const std::string&)>& visit_;
  std::set<const Layer*> seen_;
};

std::string group_of(const ModelDocument& document, const std::string& path) {
  return document.weights_root + "/" + (path.empty() ? "" : path + "/") + "vars";
}

// The scheme under which most layers find as many variables as they have.
const PathScheme& scheme_of(Layer& model, const ModelDocument& document) {
  const PathScheme* best = &schemes[0];
  std::size_t most = 0;
  for (const PathScheme& scheme : schemes) {
    std::size_t found = 0, wanted = 0;
    Walk(scheme, &document, [&](Layer& layer, const std::string& path) {
      const std::size_t count = stored_variables(layer).size();
      wanted += count > 0;
      found += count > 0 && numbered(document, group_of(document, path)).size() == count;
    }).run(model, "");
    if (found > most) {
      best = &scheme;
      most = found;
    }
    if (found == wanted) break;
  }
  return *best;
}

// What files hold besides a model's weights.
constexpr std::string_view other_state[] = {"/optimizer/", "/optimizer_weights/", "/metrics/",
                                            "/compile_metrics/", "/_compile_metrics/"};

void report_unused(const ModelDocument& document, const std::set<std::string>& used, LoadReport& report) {
  for (const auto& [name, entry] : document.weights.tensors) {
    if (used.count(name)) continue;
    const std::string path = name.substr(std::min(name.size(), document.weights_root.size()));
    const bool other = std::any_of(std::begin(other_state), std::end(other_state),
                                   [&](std::string_view prefix) { return path.starts_with(prefix); });
    if (other)
      ++report.training_arrays;
    else
      report.unused.push_back(name);
  }
}

FoundValues find_object_paths(Layer& model, const ModelDocument& document, const WeightOptions& options,
                              ErrorCode mismatch, LoadReport& report) {
  FoundValues values;
  std::set<std::string> used;
  const PathScheme& scheme = scheme_of(model, document);
  Walk(scheme, &document, [&](Layer& layer, const std::string& path) {
    const std::vector<VariablePtr> variables = stored_variables(layer);
    const std::string group = group_of(document, path);
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
      values.push_back({variables[i], document.file + ":" + name, *entry});
    }
  }).run(model, "");
  report_unused(document, used, report);
  if (&scheme != &schemes[0])
    report.converted.push_back(
        cat("weights: found under ", scheme.container, "/… ",
            scheme.counts_twice ? "as 2.13 numbers them" : "as 2.12 and 2.14 name them"));
  return values;
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
  Walk(schemes[0], nullptr, visit).run(model, "");
}

void walk_tf_keras_paths(Layer& model, const std::function<void(Layer&, const std::string&)>& visit) {
  static constexpr PathScheme scheme{.tf_keras = true};
  Walk(scheme, nullptr, visit).run(model, "");
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
  FoundValues found = document.layout == serialization::WeightsLayout::v3
                          ? find_object_paths(model, document, options, mismatch, report)
                          : find_legacy_weights(model, document, options, mismatch, report);
  std::set<VariablePtr> given;
  for (FoundValue& value : found) {
    given.insert(value.variable);
    value.variable->assign_from(std::move(value.where), std::move(value.entry));
  }
  clear_lora(model, [&](const VariablePtr& variable) { return given.count(variable) > 0; });
  report.matched += found.size();
}

}  // namespace keratin::keras
