#include "serialization/hdf5/write_groups.h"

#include <algorithm>

#include "serialization/hdf5/write_messages.h"
#include "serialization/little_endian.h"

namespace keratin::serialization::hdf5 {
namespace {

// h5py's defaults, which the superblock repeats: 2 * 4 entries per symbol node, 2 * 16 children per tree
// node.
constexpr std::uint64_t per_leaf = 8, per_node = 32;
constexpr std::uint64_t leaf_size = 8 + per_leaf * 40;
constexpr std::uint64_t node_size = 24 + (per_node + 1) * 8 + per_node * 8;
constexpr std::uint64_t heap_head = 32;
constexpr std::uint64_t undefined = ~std::uint64_t{0};

std::uint64_t name_size(const std::string& name) { return (name.size() + 1 + 7) / 8 * 8; }

std::uint64_t pieces(std::uint64_t count, std::uint64_t per) { return (count + per - 1) / per; }

// Nodes per level, from the lowest up; the last level has one.
std::vector<std::uint64_t> levels_over(std::uint64_t leaves) {
  std::vector<std::uint64_t> out;
  std::uint64_t below = leaves;
  do out.push_back(below = std::max<std::uint64_t>(1, pieces(below, per_node)));
  while (below > 1);
  return out;
}

void append_heap(Image& out, const WriteNode& group) {
  std::uint64_t size = 8;
  for (const auto& [name, child] : group.children) size += name_size(name);
  for (const char c : {'H', 'E', 'A', 'P', '\0', '\0', '\0', '\0'}) append_le<char>(out, c);
  append_le<std::uint64_t>(out, size);
  append_le<std::uint64_t>(out, 1);  // no free space
  append_le<std::uint64_t>(out, group.heap_data);
  out.resize(out.size() + 8);  // offset 0 is the empty name, the first key of every tree
  for (const auto& [name, child] : group.children) {
    const auto bytes = std::as_bytes(std::span(name));
    out.insert(out.end(), bytes.begin(), bytes.end());
    out.resize(out.size() + name_size(name) - name.size());
  }
}

struct Range {
  std::uint64_t address;
  std::uint64_t last_name;  // heap offset of the largest name in it
};

void append_tree_node(Image& out, std::uint64_t level, std::uint64_t left, std::uint64_t right,
                      std::uint64_t first_key, std::span<const Range> children) {
  const std::size_t start = out.size();
  for (const char c : {'T', 'R', 'E', 'E', '\0'}) append_le<char>(out, c);
  append_le<std::uint8_t>(out, static_cast<std::uint8_t>(level));
  append_le<std::uint16_t>(out, static_cast<std::uint16_t>(children.size()));
  append_le<std::uint64_t>(out, left);
  append_le<std::uint64_t>(out, right);
  append_le<std::uint64_t>(out, first_key);
  for (const Range& child : children) {
    append_le<std::uint64_t>(out, child.address);
    append_le<std::uint64_t>(out, child.last_name);
  }
  out.resize(start + node_size);
}

// Symbol nodes in the order of names; returns what each covers.
std::vector<Range> append_symbol_nodes(Image& out, const WriteNode& group) {
  std::vector<Range> ranges;
  std::uint64_t left = group.children.size(), offset = 8, address = group.symbols;
  for (auto child = group.children.begin(); child != group.children.end(); address += leaf_size) {
    const std::uint64_t count = std::min(left, per_leaf);
    const std::size_t start = out.size();
    for (const char c : {'S', 'N', 'O', 'D', '\1', '\0'}) append_le<char>(out, c);
    append_le<std::uint16_t>(out, static_cast<std::uint16_t>(count));
    std::uint64_t last = 0;
    for (std::uint64_t i = 0; i < count; ++i, ++child) {
      append_symbol(out, offset, *child->second);
      last = offset;
      offset += name_size(child->first);
    }
    out.resize(start + leaf_size);
    ranges.push_back({address, last});
    left -= count;
  }
  return ranges;
}

}  // namespace

std::uint64_t place_group(WriteNode& group, std::uint64_t at) {
  const std::uint64_t leaves = pieces(group.children.size(), per_leaf);
  group.heap = at;
  group.heap_data = at + heap_head;
  group.symbols = group.heap_data + 8;
  for (const auto& [name, child] : group.children) group.symbols += name_size(name);
  std::uint64_t nodes = 0;
  for (const std::uint64_t count : levels_over(leaves)) nodes += count;
  const std::uint64_t end = group.symbols + leaves * leaf_size + nodes * node_size;
  group.tree = end - node_size;  // the root is the last node
  return end;
}

void append_group(Image& out, const WriteNode& group) {
  append_heap(out, group);
  std::vector<Range> below = append_symbol_nodes(out, group);
  const std::vector<std::uint64_t> levels = levels_over(below.size());
  std::uint64_t address = group.symbols + below.size() * leaf_size;
  for (std::uint64_t level = 0; level < levels.size(); ++level) {
    std::vector<Range> here;
    for (std::uint64_t i = 0; i < levels[level]; ++i, address += node_size) {
      const std::uint64_t first = i * per_node,
                          count = std::min<std::uint64_t>(per_node, below.size() - first);
      const std::span<const Range> children = std::span<const Range>(below).subspan(first, count);
      const std::uint64_t first_key = first == 0 ? 0 : below[first - 1].last_name;
      append_tree_node(out, level, i == 0 ? undefined : address - node_size,
                       i + 1 == levels[level] ? undefined : address + node_size, first_key, children);
      here.push_back({address, children.empty() ? 0 : children.back().last_name});
    }
    below = std::move(here);
  }
}

void append_symbol(Image& out, std::uint64_t name_offset, const WriteNode& node) {
  append_le<std::uint64_t>(out, name_offset);
  append_le<std::uint64_t>(out, node.header);
  append_le<std::uint32_t>(out, node.is_dataset ? 0 : 1);  // 1: the places of a group follow
  append_le<std::uint32_t>(out, 0);
  append_le<std::uint64_t>(out, node.is_dataset ? 0 : node.tree);
  append_le<std::uint64_t>(out, node.is_dataset ? 0 : node.heap);
}

}  // namespace keratin::serialization::hdf5
