// The layout by object paths: "/layers/dense/vars/0". Files of tf.keras 2.12 to 2.14 call the container of
// layers
// "_layer_checkpoint_dependencies" and, up to 2.13, count every layer with weights twice.
#include <algorithm>
#include <charconv>
#include <set>

#include "runtime/core/error.h"
#include "serialization/formats.h"

namespace keratin::serialization {
namespace {

constexpr std::string_view old_container = "_layer_checkpoint_dependencies";
constexpr std::string_view roots[] = {"layers", old_container, "vars", "optimizer"};

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t start = 0; start < path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    if (end > start) parts.push_back(path.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

template <class Visit>
void for_each_path(const TensorDirectory& weights, Visit&& visit) {
  for (const auto& entry : weights.tensors) visit(entry.first);
  for (const auto& entry : weights.text) visit(entry.first);
  for (const auto& entry : weights.names) visit(entry.first);
  for (const auto& entry : weights.numbers) visit(entry.first);
  for (const auto& entry : weights.refused) visit(entry.first);
}

struct Numbered {
  std::string base;  // "conv2d" of "conv2d_2"
  std::uint64_t number = 0;
};

// "conv2d_2" is the third conv2d only where a "conv2d" stands beside it.
Numbered split_number(const std::string& name, const std::set<std::string>& siblings) {
  const std::size_t underscore = name.rfind('_');
  if (underscore == std::string::npos || underscore + 1 == name.size()) return {name, 0};
  Numbered split{name.substr(0, underscore), 0};
  const char* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + underscore + 1, end, split.number);
  if (error != std::errc() || stop != end || !siblings.count(split.base)) return {name, 0};
  return split;
}

// Old name -> "base" or "base_<rank>", the rank counting the layers of one class.
std::map<std::string, std::string> renumber(const std::set<std::string>& names) {
  std::map<std::string, std::map<std::uint64_t, std::string>> classes;
  for (const std::string& name : names) {
    const Numbered split = split_number(name, names);
    classes[split.base].emplace(split.number, name);
  }
  std::map<std::string, std::string> renamed;
  for (const auto& [base, members] : classes) {
    std::size_t rank = 0;
    for (const auto& member : members) {
      renamed[member.second] = rank == 0 ? base : base + "_" + std::to_string(rank);
      ++rank;
    }
  }
  return renamed;
}

class Renaming {
 public:
  explicit Renaming(const TensorDirectory& weights) {
    std::map<std::string, std::set<std::string>> containers;
    for_each_path(weights, [&](const std::string& path) {
      std::string prefix;
      std::string_view before;
      for (const std::string_view part : parts_of(path)) {
        if (before == old_container) containers[prefix].emplace(part);
        prefix.append("/").append(part);
        before = part;
      }
    });
    for (const auto& [container, names] : containers) tables_[container] = renumber(names);
  }

  bool empty() const { return tables_.empty(); }

  std::string operator()(const std::string& path) const {
    std::string old_path, new_path;
    for (const std::string_view part : parts_of(path)) {
      const auto table = tables_.find(old_path);
      old_path.append("/").append(part);
      new_path += '/';
      if (table != tables_.end())
        new_path += table->second.at(std::string(part));
      else
        new_path += part == old_container ? std::string_view("layers") : part;
    }
    return new_path.empty() ? path : new_path;
  }

 private:
  std::map<std::string, std::map<std::string, std::string>> tables_;
};

template <class Map>
void rename_keys(Map& map, const Renaming& renamed) {
  Map out;
  for (auto& [path, value] : map) {
    const std::string now = renamed(path);
    const bool fresh = out.emplace(now, std::move(value)).second;
    check(fresh || path == now, ErrorCode::corrupt_file, path, ": a second entry would be called ", now,
          "; the file is damaged or was not written by Keras");
  }
  map = std::move(out);
}

}  // namespace

bool is_v3(const TensorDirectory& weights) {
  bool found = false;
  for_each_path(weights, [&](const std::string& path) {
    const auto parts = parts_of(path);
    found = found ||
            (!parts.empty() && std::find(std::begin(roots), std::end(roots), parts[0]) != std::end(roots));
  });
  return found;
}

void read_v3(ModelDocument& document, TensorDirectory weights) {
  if (const Renaming renamed(weights); !renamed.empty()) {
    rename_keys(weights.tensors, renamed);
    rename_keys(weights.text, renamed);
    rename_keys(weights.names, renamed);
    rename_keys(weights.numbers, renamed);
    rename_keys(weights.refused, renamed);
    document.notes.push_back("layers are filed as tf.keras 2.12 to 2.14 did; they were renumbered");
  }
  document.layout = WeightsLayout::v3;
  document.weights = std::move(weights);
}

}  // namespace keratin::serialization
