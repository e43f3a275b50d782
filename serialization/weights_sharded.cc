// Weights in several files: an index "model.weights.json" beside "model_00000.weights.h5", …
#include <algorithm>
#include <set>

#include "runtime/core/error.h"
#include "serialization/formats.h"
#include "serialization/hdf5/hdf5.h"

namespace keratin::serialization {
namespace {

bool recognises(const std::string&, const SourcePtr& source) {
  if (!source) return false;
  const std::string start = first_bytes(*source, std::size_t{64} << 10);
  return start.starts_with('{') && start.find("\"weight_map\"") != std::string::npos;
}

// Group -> the files that hold its variables; one file may be written without a list.
std::map<std::string, std::set<std::string>> read_map(const Json& index) {
  std::map<std::string, std::set<std::string>> groups;
  for (const auto& [group, value] : index.at("weight_map").as_object()) {
    std::set<std::string>& files = groups[group];
    if (value.is_string()) {
      files.insert(value.as_string());
      continue;
    }
    for (const Json& file : value.as_array()) files.insert(file.as_string());
  }
  return groups;
}

std::string group_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

template <class Map>
void merge_attributes(Map& into, Map& from) {
  for (auto& [group, attributes] : from) into[group].merge(attributes);
}

// Takes from a shard what the index says it holds.
void merge_shard(TensorDirectory& into, TensorDirectory shard, const std::string& file,
                 const std::map<std::string, std::set<std::string>>& groups, std::size_t& left_out) {
  for (auto& [path, entry] : shard.tensors) {
    const auto group = groups.find(group_of(path));
    if (group == groups.end() || !group->second.count(file)) {
      ++left_out;
      continue;
    }
    check(into.tensors.emplace(path, std::move(entry)).second, ErrorCode::corrupt_file, file, ":", path,
          ": another shard holds this variable, too");
  }
  merge_attributes(into.text, shard.text);
  merge_attributes(into.names, shard.names);
  merge_attributes(into.numbers, shard.numbers);
  into.refused.merge(shard.refused);
}

ModelDocument read(const std::string& path, const SourcePtr& source) {
  const Json index = parse_json(read_text(*source), path);
  const auto groups = within(path, [&] { return read_map(index); });
  std::set<std::string> files;
  for (const auto& [group, names] : groups) files.insert(names.begin(), names.end());
  check(!files.empty(), ErrorCode::corrupt_file, path, ": \"weight_map\" names no file");

  ModelDocument document;
  document.format = ".weights.json";
  TensorDirectory weights;
  std::size_t left_out = 0;
  within(path, [&] {
    for (const std::string& file : files)
      merge_shard(weights, read_hdf5(open_beneath(folder_of(path), file)), file, groups, left_out);
  });
  for (const auto& [group, names] : groups)
    check(weights.has_group(group), ErrorCode::corrupt_file, path, ": the group \"", printable(group),
          "\" stands in none of the files that \"weight_map\" names for it");
  if (left_out)
    document.notes.push_back(cat(left_out, " variables that \"weight_map\" does not name were left out"));
  read_v3(document, std::move(weights));
  return document;
}

}  // namespace

const Format format_weights_sharded = {".weights.json", recognises, read};

}  // namespace keratin::serialization
