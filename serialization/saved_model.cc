#include "serialization/saved_model.h"

#include <algorithm>
#include <deque>
#include <set>

#include "runtime/core/error.h"
#include "serialization/tensorflow_module.h"

namespace keratin::serialization {
namespace {

MetaGraph choose(std::vector<MetaGraph> metas, const std::string& file) {
  check(!metas.empty(), ErrorCode::corrupt_file, file, ": holds no graph");
  if (metas.size() == 1) return std::move(metas.front());
  std::string all;
  for (MetaGraph& meta : metas) {
    if (meta.tags == std::vector<std::string>{"serve"}) return std::move(meta);
    all += "{";
    for (const std::string& tag : meta.tags) all += (all.back() == '{' ? "" : ", ") + printable(tag);
    all += "} ";
  }
  fail(ErrorCode::unsupported, file, ": its graphs have the tags ", all,
       "; one with exactly {serve} is expected");
}

int child_of(const std::vector<ObjectEdge>& edges, const std::string& name) {
  const auto found = std::ranges::find(edges, name, &ObjectEdge::name);
  return found == edges.end() ? -1 : found->node;
}

// TensorFlow pairs the objects of a SavedModel with those of its checkpoint by the edges that lead to them.
std::map<int, std::string> match_variables(const MetaGraph& meta, const CheckpointDocument& checkpoint) {
  std::map<int, std::string> keys;
  if (meta.objects.empty() || checkpoint.objects.empty()) return keys;
  std::set<int> seen = {0};
  std::deque<std::pair<int, int>> queue = {{0, 0}};  // object of the SavedModel, object of the checkpoint
  while (!queue.empty()) {
    const auto [here, there] = queue.front();
    queue.pop_front();
    const SavedObject& object = meta.objects[static_cast<std::size_t>(here)];
    const CheckpointObject& stored = checkpoint.objects[static_cast<std::size_t>(there)];
    if (std::holds_alternative<SavedVariable>(object.kind))
      for (const CheckpointObject::Attribute& attribute : stored.attributes)
        if (attribute.name == "VARIABLE_VALUE" || stored.attributes.size() == 1)
          keys.emplace(here, attribute.key);
    for (const ObjectEdge& edge : object.children) {
      const int match = child_of(stored.children, edge.name);
      if (match >= 0 && seen.insert(edge.node).second) queue.emplace_back(edge.node, match);
    }
  }
  return keys;
}

void check_variables(const SavedModelDocument& document) {
  for (const auto& [node, key] : document.variable_keys) {
    const SavedVariable& variable =
        std::get<SavedVariable>(document.meta.objects[static_cast<std::size_t>(node)].kind);
    const std::string where =
        cat(document.file, ": variable \"", printable(variable.name), "\" (object ", node, ")");
    const auto unreadable = document.variables.unreadable.find(key);
    check(unreadable == document.variables.unreadable.end(), ErrorCode::unsupported, where, ": its value ",
          unreadable == document.variables.unreadable.end() ? "" : unreadable->second, ", which is not read");
    const auto entry = document.variables.directory.tensors.find(key);
    check(entry != document.variables.directory.tensors.end(), ErrorCode::corrupt_file, where,
          ": the checkpoint names its value \"", printable(key), "\" but does not hold it");
    check(tf_type_of(entry->second.dtype) == variable.type, ErrorCode::corrupt_file, where, ": is ",
          name_of(variable.type), ", its value is ", name_of(entry->second.dtype));
  }
}

void add_tensors(const Structure& structure, std::vector<TensorSpec>& out) {
  if (const auto* spec = std::get_if<TensorSpec>(&structure.value)) out.push_back(*spec);
  if (const auto* node = std::get_if<StructureNode>(&structure.value))
    for (const Structure& value : node->values) add_tensors(value, out);
}

}  // namespace

std::vector<TensorSpec> Structure::tensors() const {
  std::vector<TensorSpec> specs;
  add_tensors(*this, specs);
  return specs;
}

SavedModelDocument read_saved_model(const std::string& folder) {
  SavedModelDocument document;
  document.file = folder;
  const std::string file = folder + "/saved_model.pb";
  const std::vector<std::byte> bytes = read_all(*open_file(file));
  document.meta = choose(tensorflow_module().parse_saved_model(bytes, file), file);
  const auto is_variable = [](const SavedObject& o) { return std::holds_alternative<SavedVariable>(o.kind); };
  // A model without variables may come without the folder; graphs of TF 1 say by their saver that they have
  // some.
  if (std::ranges::any_of(document.meta.objects, is_variable) || !document.meta.saver_restore.empty())
    document.variables = read_checkpoint(folder + "/variables/variables");
  document.variable_keys = match_variables(document.meta, document.variables);
  check_variables(document);
  return document;
}

int find_object(const MetaGraph& meta, const std::string& path) {
  int node = meta.objects.empty() ? -1 : 0;
  for (std::size_t begin = 0; node >= 0 && begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    node = child_of(meta.objects[static_cast<std::size_t>(node)].children, path.substr(begin, end - begin));
    begin = end + 1;
  }
  return node;
}

std::map<int, std::string> object_paths(const MetaGraph& meta) {
  static const std::set<std::string, std::less<>> bookkeeping = {"keras_api",
                                                                 "variables",
                                                                 "trainable_variables",
                                                                 "non_trainable_variables",
                                                                 "regularization_losses",
                                                                 "signatures",
                                                                 "_all_variables",
                                                                 "_misc_assets"};
  std::map<int, std::string> paths;
  if (meta.objects.empty()) return paths;
  for (const bool everything : {false, true}) {
    std::deque<int> queue = {0};
    std::set<int> seen = {0};
    paths.emplace(0, "");
    while (!queue.empty()) {
      const int node = queue.front();
      queue.pop_front();
      const std::string base = paths.at(node);
      for (const ObjectEdge& edge : meta.objects[static_cast<std::size_t>(node)].children) {
        if (!everything && bookkeeping.count(edge.name)) continue;
        paths.emplace(edge.node,
                      base.empty() ? edge.name : cat(base, "/", edge.name));  // keeps an earlier path
        if (seen.insert(edge.node).second) queue.push_back(edge.node);
      }
    }
  }
  return paths;
}

}  // namespace keratin::serialization
