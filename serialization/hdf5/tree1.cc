#include "serialization/hdf5/tree1.h"

namespace keratin::serialization::hdf5 {
namespace {

using Visit = std::function<void(Cursor, std::uint64_t)>;

// The level sinks by one per step, so no loop of addresses can hold the reader.
void node(const File& file, std::uint64_t address, const Tree1Kind& kind, int expected_level,
          const char* what, const Visit& visit) {
  const std::uint64_t o = file.widths().offset;
  Cursor head = file.cursor(address, 8, what);
  head.expect("TREE");
  const std::uint8_t type = head.u8(), level = head.u8();
  const std::uint64_t count = head.u16();
  if (type != kind.type) head.damaged(cat("it is of type ", int{type}, ", not ", int{kind.type}));
  if (expected_level >= 0 && level != expected_level)
    head.damaged("the levels of its nodes do not sink by one");
  Cursor in = file.cursor(address + 8 + 2 * o, count * (kind.key_size + o), what);
  for (std::uint64_t i = 0; i < count; ++i) {
    Cursor key = file.cursor(in.block(kind.key_size), what);
    const std::uint64_t child = in.address();
    if (level == 0) {
      visit(std::move(key), child);
    } else {
      node(file, child, kind, level - 1, what, visit);
    }
  }
}

}  // namespace

void for_each_child(const File& file, std::uint64_t root, Tree1Kind kind, const char* what,
                    const Visit& visit) {
  if (root == undefined_address) return;
  node(file, root, kind, -1, what, visit);
}

}  // namespace keratin::serialization::hdf5
