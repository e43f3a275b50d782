#include "runtime/keras/legacy_weights.h"

#include <algorithm>

#include "runtime/core/error.h"
#include "runtime/core/shape.h"

namespace keratin::keras {
namespace {

using serialization::ModelDocument;

struct FileGroup {
  std::string name;
  std::vector<std::string> paths;  // of its tensors, in order
};

const std::vector<std::string>& list_of(const ModelDocument& document, const std::string& group,
                                        const char* attribute) {
  static const std::vector<std::string> none;
  auto found = document.weights.names.find(group.empty() ? "/" : group);
  if (found == document.weights.names.end()) return none;
  auto list = found->second.find(attribute);
  return list == found->second.end() ? none : list->second;
}

std::vector<FileGroup> groups_of(const ModelDocument& document) {
  std::vector<FileGroup> groups;
  for (const std::string& layer : list_of(document, document.weights_root, "layer_names")) {
    const std::string path = document.weights_root + "/" + layer;
    FileGroup group{layer, {}};
    for (const std::string& weight : list_of(document, path, "weight_names"))
      group.paths.push_back(path + "/" + weight);
    groups.push_back(std::move(group));
  }
  return groups;
}

std::vector<VariablePtr> positional(const Layer& layer) {
  std::vector<VariablePtr> variables = layer.trainable_variables();
  for (VariablePtr& variable : layer.non_trainable_variables()) variables.push_back(std::move(variable));
  std::erase_if(variables, [](const VariablePtr& v) {
    return v->kind != VariableKind::parameter && v->kind != VariableKind::training_state;
  });
  return variables;
}

void load_group(const Layer& layer, const FileGroup& group, const ModelDocument& document,
                const WeightOptions& options, ErrorCode mismatch, LoadReport& report) {
  const std::vector<VariablePtr> variables = positional(layer);
  if (variables.size() != group.paths.size()) {
    check(options.skip_mismatch, mismatch, document.file, ":", document.weights_root, "/", group.name, ": ",
          group.paths.size(), " weights, layer \"", layer.name, "\" (", layer.def->class_name, ") has ",
          variables.size());
    report.skipped.push_back(
        cat(group.name, ": ", group.paths.size(), " weights, the layer has ", variables.size()));
    return;
  }
  for (std::size_t i = 0; i < variables.size(); ++i) {
    auto found = document.weights.tensors.find(group.paths[i]);
    check(found != document.weights.tensors.end(), ErrorCode::corrupt_file, document.file, ":",
          group.paths[i], ": named in weight_names but missing");
    if (found->second.shape != variables[i]->shape()) {
      check(options.skip_mismatch, mismatch, document.file, ":", group.paths[i], ": shape ",
            to_string(found->second.shape), ", variable ", variables[i]->path, " of layer \"", layer.name,
            "\" wants ", to_string(variables[i]->shape()));
      report.skipped.push_back(cat(group.paths[i], ": shape ", to_string(found->second.shape),
                                   ", the model wants ", to_string(variables[i]->shape())));
      continue;
    }
    variables[i]->assign_from(document.file + ":" + group.paths[i], found->second);
    ++report.matched;
  }
}

void load_by_name(Layer& model, const std::vector<FileGroup>& groups, const ModelDocument& document,
                  const WeightOptions& options, ErrorCode mismatch, LoadReport& report) {
  for (const FileGroup& group : groups) {
    auto child = std::find_if(model.children.begin(), model.children.end(),
                              [&](const auto& c) { return c.layer->name == group.name; });
    if (child == model.children.end()) {
      if (!group.paths.empty()) report.unused.push_back(group.name);
      continue;
    }
    load_group(*child->layer, group, document, options, mismatch, report);
  }
}

}  // namespace

void load_legacy_weights(Layer& model, const ModelDocument& document, const WeightOptions& options,
                         ErrorCode mismatch, LoadReport& report) {
  std::vector<FileGroup> groups = groups_of(document);
  if (options.by_name) return load_by_name(model, groups, document, options, mismatch, report);
  std::erase_if(groups, [](const FileGroup& group) { return group.paths.empty(); });
  std::vector<LayerPtr> layers;
  for (const Layer::Child& child : model.children)
    if (!positional(*child.layer).empty()) layers.push_back(child.layer);
  check(groups.size() == layers.size(), mismatch, document.file, ": ", groups.size(),
        " layers with weights in the file, ", layers.size(),
        " in the model; pair them by name to load what fits");
  for (std::size_t i = 0; i < layers.size(); ++i)
    load_group(*layers[i], groups[i], document, options, mismatch, report);
}

}  // namespace keratin::keras
