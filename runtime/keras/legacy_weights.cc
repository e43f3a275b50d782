#include "runtime/keras/legacy_weights.h"

#include <algorithm>

#include "runtime/core/error.h"
#include "runtime/core/shape.h"
#include "runtime/keras/old_weights.h"

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

// Keras 1 doesn't say on what it ran, but TensorFlow's variables are called "dense_1_W:0", Theano's
// "dense_1_W".
std::string backend_by_names(const std::vector<FileGroup>& groups) {
  bool any = false;
  for (const FileGroup& group : groups)
    for (const std::string& path : group.paths) {
      if (path.ends_with(":0")) return "tensorflow";
      any = true;
    }
  return any ? "theano" : "";
}

// What the weights' own attributes say; Keras 1 writes no version there.
OldWeights origin_of(const ModelDocument& document, const std::vector<FileGroup>& groups) {
  OldWeights old;
  old.generation = 1;
  old.backend = document.backend;
  const auto text = document.weights.text.find(document.weights_root.empty() ? "/" : document.weights_root);
  if (text != document.weights.text.end()) {
    if (const auto version = text->second.find("keras_version");
        version != text->second.end() && !version->second.empty() && version->second[0] > '1')
      old.generation = version->second[0] == '2' ? 2 : 3;
    if (const auto backend = text->second.find("backend"); backend != text->second.end())
      old.backend = backend->second;
  }
  if (old.generation == 1 && old.backend.empty()) old.backend = backend_by_names(groups);
  return old;
}

std::size_t position_of(const std::vector<VariablePtr>& variables, const VariablePtr& variable) {
  return static_cast<std::size_t>(std::find(variables.begin(), variables.end(), variable) -
                                  variables.begin());
}

void convert(const Layer& layer, OldWeights& old);

// Arrays that stand one for one for the variables: each sub-layer's are converted where they stand.
void convert_children(const Layer& layer, OldWeights& old) {
  const std::vector<VariablePtr> variables = by_position(layer);
  for (const Layer::Child& child : layer.children) {
    const std::vector<VariablePtr> own = by_position(*child.layer);
    OldWeights part = old;
    part.arrays.clear();
    for (const VariablePtr& variable : own)
      part.arrays.push_back(old.arrays[position_of(variables, variable)]);
    convert(*child.layer, part);
    check(part.arrays.size() == own.size(), ErrorCode::unsupported, "the arrays of \"", child.layer->name,
          "\" change their number, which a layer around it doesn't support");
    for (std::size_t i = 0; i < own.size(); ++i)
      old.arrays[position_of(variables, own[i])] = std::move(part.arrays[i]);
    old.changes = std::move(part.changes);
  }
}

// Another count than the variables': one sub-layer has all of them, two of a kind (Bidirectional's) half
// each.
void split_among_children(const Layer& layer, OldWeights& old) {
  const std::size_t count = layer.children.size(), each = count ? old.arrays.size() / count : 0;
  if (count == 0 || count > 2 || each * count != old.arrays.size() ||
      layer.children[0].layer->def != layer.children[count - 1].layer->def)
    return;
  std::vector<OldWeights::Array> made;
  for (std::size_t k = 0; k < count; ++k) {
    OldWeights part = old;
    const auto first = old.arrays.begin() + static_cast<std::ptrdiff_t>(k * each);
    part.arrays.assign(first, first + static_cast<std::ptrdiff_t>(each));
    convert(*layer.children[k].layer, part);
    for (OldWeights::Array& array : part.arrays) made.push_back(std::move(array));
    old.changes = std::move(part.changes);
  }
  old.arrays = std::move(made);
}

// By each layer's convert_weights, through the layers that hold others.
void convert(const Layer& layer, OldWeights& old) {
  if (layer.def->convert_weights)
    layer.def->convert_weights(layer, old);
  else if (old.arrays.size() == by_position(layer).size())
    convert_children(layer, old);
  else
    split_among_children(layer, old);
}

OldWeights read_group(const Layer& layer, const FileGroup& group, const ModelDocument& document,
                      OldWeights old, LoadReport& report) {
  for (const std::string& path : group.paths) {
    auto found = document.weights.tensors.find(path);
    if (found == document.weights.tensors.end()) {
      const auto refused = document.weights.refused.find(path);
      fail(refused == document.weights.refused.end() ? ErrorCode::corrupt_file : ErrorCode::unsupported,
           document.file, ":", path, ": named in weight_names but ",
           refused == document.weights.refused.end() ? "missing" : refused->second);
    }
    old.arrays.push_back({document.file + ":" + path, found->second});
  }
  if (old.generation == 3) return old;
  within(cat(document.file, ":", document.weights_root, "/", group.name), [&] { convert(layer, old); });
  for (const std::string& change : old.changes) report.converted.push_back(group.name + ": " + change);
  return old;
}

void load_group(const Layer& layer, const FileGroup& group, const ModelDocument& document,
                const OldWeights& origin, const WeightOptions& options, ErrorCode mismatch,
                LoadReport& report, FoundValues& found) {
  const std::vector<VariablePtr> variables = by_position(layer);
  OldWeights old = read_group(layer, group, document, origin, report);
  if (variables.size() != old.arrays.size()) {
    check(options.skip_mismatch, mismatch, document.file, ":", document.weights_root, "/", group.name, ": ",
          old.arrays.size(), " weights, layer \"", layer.name, "\" (", layer.def->class_name, ") has ",
          variables.size());
    report.skipped.push_back(
        cat(group.name, ": ", old.arrays.size(), " weights, the layer has ", variables.size()));
    return;
  }
  for (std::size_t i = 0; i < variables.size(); ++i) {
    OldWeights::Array& array = old.arrays[i];
    if (array.entry.shape != variables[i]->shape()) {
      check(options.skip_mismatch, mismatch, array.name, ": shape ", to_string(array.entry.shape),
            ", variable ", variables[i]->path, " of layer \"", layer.name, "\" wants ",
            to_string(variables[i]->shape()));
      report.skipped.push_back(cat(group.paths[std::min(i, group.paths.size() - 1)], ": shape ",
                                   to_string(array.entry.shape), ", the model wants ",
                                   to_string(variables[i]->shape())));
      continue;
    }
    found.push_back({variables[i], array.name, std::move(array.entry)});
  }
}

void load_by_name(Layer& model, const std::vector<FileGroup>& groups, const ModelDocument& document,
                  const OldWeights& origin, const WeightOptions& options, ErrorCode mismatch,
                  LoadReport& report, FoundValues& found) {
  for (const FileGroup& group : groups) {
    auto child = std::find_if(model.children.begin(), model.children.end(),
                              [&](const auto& c) { return c.layer->name == group.name; });
    if (child == model.children.end()) {
      if (!group.paths.empty()) report.unused.push_back(group.name);
      continue;
    }
    load_group(*child->layer, group, document, origin, options, mismatch, report, found);
  }
}

// Weights that a model itself owns; layers' own are all that functional models have.
void report_own_weights(const ModelDocument& document, LoadReport& report) {
  const std::string path = document.weights_root + "/top_level_model_weights";
  for (const std::string& name : list_of(document, path, "weight_names"))
    report.unused.push_back("top_level_model_weights/" + name);
}

}  // namespace

std::vector<VariablePtr> by_position(const Layer& layer) {
  std::vector<VariablePtr> variables = layer.trainable_variables();
  for (VariablePtr& variable : layer.non_trainable_variables()) variables.push_back(std::move(variable));
  std::erase_if(variables, [](const VariablePtr& v) {
    return v->kind != VariableKind::parameter && v->kind != VariableKind::training_state;
  });
  return variables;
}

FoundValues find_legacy_weights(Layer& model, const ModelDocument& document, const WeightOptions& options,
                                ErrorCode mismatch, LoadReport& report) {
  FoundValues found;
  std::vector<FileGroup> groups = groups_of(document);
  report_own_weights(document, report);
  const OldWeights origin = origin_of(document, groups);
  if (options.by_name) {
    load_by_name(model, groups, document, origin, options, mismatch, report, found);
    return found;
  }
  std::erase_if(groups, [](const FileGroup& group) { return group.paths.empty(); });
  std::vector<LayerPtr> layers;
  for (const Layer::Child& child : model.children)
    if (!by_position(*child.layer).empty()) layers.push_back(child.layer);
  check(groups.size() == layers.size(), mismatch, document.file, ": ", groups.size(),
        " layers with weights in the file, ", layers.size(),
        " in the model; pair them by name to load what fits");
  for (std::size_t i = 0; i < layers.size(); ++i)
    load_group(*layers[i], groups[i], document, origin, options, mismatch, report, found);
  return found;
}

}  // namespace keratin::keras
