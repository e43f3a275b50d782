#include "serialization/hdf5/tree2.h"

#include <bit>
#include <vector>

#include "serialization/hdf5/checksum.h"

namespace keratin::serialization::hdf5 {
namespace {

using Visit = std::function<void(std::uint8_t, Cursor)>;
constexpr std::uint64_t node_overhead = 10;  // signature, version, type, checksum
constexpr std::size_t most_depth = 32;

// Bytes that hold every number up to limit.
std::uint64_t bytes_for(std::uint64_t limit) { return limit < 2 ? 1 : (std::bit_width(limit) - 1) / 8 + 1; }

struct Level {
  std::uint64_t most_records = 0;  // in one node
  std::uint64_t most_below = 0;    // in a node and all below it
  std::uint64_t below_bytes = 0;   // width of that number
};

struct Tree {
  const File& file;
  const char* what;
  const Visit& visit;
  std::uint8_t type = 0;
  std::uint64_t node_size = 0, record_size = 0, count_bytes = 0;
  std::vector<Level> levels;

  std::uint64_t pointer_size(std::size_t level) const {
    return file.widths().offset + count_bytes + levels[level - 1].below_bytes;
  }

  void plan(const Cursor& in, std::size_t depth) {
    if (record_size == 0 || node_size < node_overhead + record_size) in.damaged("its nodes are too small");
    const std::uint64_t leaf = (node_size - node_overhead) / record_size;
    levels.push_back({leaf, leaf, 0});
    count_bytes = bytes_for(leaf);
    for (std::size_t level = 1; level <= depth; ++level) {
      const std::uint64_t pointer = pointer_size(level);
      if (node_size < node_overhead + pointer) in.damaged("its nodes are too small");
      const std::uint64_t most = (node_size - node_overhead - pointer) / (record_size + pointer);
      const std::uint64_t below = levels[level - 1].most_below;
      if (most == 0 || below > (undefined_address >> 2) / (most + 1)) in.damaged("it is too deep");
      const std::uint64_t total = (most + 1) * below + most;
      levels.push_back({most, total, bytes_for(total)});
    }
  }

  void node(std::uint64_t address, std::size_t level, std::uint64_t count) const {
    const std::uint64_t pointers = level == 0 ? 0 : (count + 1) * pointer_size(level);
    if (count > levels[level].most_records)
      fail(ErrorCode::corrupt_file, what, ": a node holds ", count,
           " records, more than fit; the file is damaged");
    const std::uint64_t size = 6 + count * record_size + pointers;
    Cursor in = file.cursor(address, size + 4, what);
    const Block body = in.block(size);
    check_lookup3(body.bytes, in.u32(), what);
    Cursor records = file.cursor(body, what);
    records.expect(level == 0 ? "BTLF" : "BTIN");
    records.skip(1);
    if (records.u8() != type) records.damaged("a node belongs to another tree");
    Cursor children = records;
    children.skip(count * record_size);
    for (std::uint64_t i = 0;; ++i) {
      if (level > 0) {
        const std::uint64_t child = children.address();
        const std::uint64_t child_count = children.unsigned_of(count_bytes);
        children.skip(levels[level - 1].below_bytes);
        node(child, level - 1, child_count);
      }
      if (i == count) break;
      visit(type, file.cursor(records.block(record_size), what));
    }
  }
};

}  // namespace

void for_each_record(const File& file, std::uint64_t header, const char* what, const Visit& visit) {
  const std::uint64_t size = 4 + 1 + 1 + 4 + 2 + 2 + 1 + 1 + file.widths().offset + 2 + file.widths().length;
  Cursor all = file.cursor(header, size + 4, what);
  const Block body = all.block(size);
  check_lookup3(body.bytes, all.u32(), what);
  Cursor in = file.cursor(body, what);
  in.expect("BTHD");
  if (in.u8() != 0) in.unsupported("the version of the tree is unknown");
  Tree tree{file, what, visit};
  tree.type = in.u8();
  tree.node_size = in.u32();
  tree.record_size = in.u16();
  const std::size_t depth = in.u16();
  in.skip(2);  // when nodes split and merge
  const std::uint64_t root = in.address();
  const std::uint64_t count = in.u16();
  if (root == undefined_address) return;
  if (depth > most_depth) in.damaged("it is too deep");
  tree.plan(in, depth);
  tree.node(root, depth, count);
}

}  // namespace keratin::serialization::hdf5
