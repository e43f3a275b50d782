#include "serialization/hdf5/groups.h"

#include <algorithm>

#include "serialization/hdf5/fractal_heap.h"
#include "serialization/hdf5/tree1.h"
#include "serialization/hdf5/tree2.h"

namespace keratin::serialization::hdf5 {
namespace {

constexpr std::size_t longest_name = 4096;

// The names of an old group, one after another, each ended by a zero byte.
class LocalHeap {
 public:
  LocalHeap(const File& file, std::uint64_t address) {
    const std::uint64_t size = 8 + 2 * std::uint64_t{file.widths().length} + file.widths().offset;
    Cursor in = file.cursor(address, size, what);
    in.expect("HEAP");
    in.skip(4);  // version, reserved
    const std::uint64_t data_size = in.length();
    in.length();  // free list
    data_ = file.block(in.address(), data_size, what);
  }
  std::string text(std::uint64_t offset) const {
    check(offset < data_.bytes.size(), ErrorCode::corrupt_file, what,
          ": a name lies behind its end; the file is damaged");
    const Bytes rest = data_.bytes.subspan(offset);
    const auto end =
        std::find(rest.begin(), rest.begin() + std::min(rest.size(), longest_name), std::byte{0});
    check(end != rest.end() && *end == std::byte{0}, ErrorCode::corrupt_file, what,
          ": a name has no end within ", longest_name, " bytes; the file is damaged");
    return {reinterpret_cast<const char*>(rest.data()), static_cast<std::size_t>(end - rest.begin())};
  }

 private:
  static constexpr const char* what = "local heap";
  Block data_;
};

void read_symbols(const File& file, std::uint64_t address, const LocalHeap& heap, std::vector<Link>& out) {
  constexpr const char* what = "symbol table node";
  Cursor head = file.cursor(address, 8, what);
  head.expect("SNOD");
  head.skip(2);  // version, reserved
  const std::uint64_t count = head.u16();
  const std::uint64_t o = file.widths().offset;
  Cursor in = file.cursor(address + 8, count * (2 * o + 24), what);
  if (out.empty()) out.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    Link link;
    const std::uint64_t name = in.unsigned_of(o);
    link.address = in.address();
    const std::uint32_t cached = in.u32();
    in.skip(4);
    Cursor scratch(in.block(16), file.widths(), what);
    link.name = heap.text(name);
    if (cached == 2) {
      link.kind = Link::Kind::soft;
      link.target = heap.text(scratch.u32());
    }
    file.spend(sizeof(Link) + link.name.size() + link.target.size());
    out.push_back(std::move(link));
  }
}

void read_old_group(const File& file, Cursor message, std::vector<Link>& out) {
  const std::uint64_t tree = message.address();
  const LocalHeap heap(file, message.address());
  for_each_child(file, tree, {.type = 0, .key_size = file.widths().length}, "B-tree of a group",
                 [&](Cursor, std::uint64_t child) { read_symbols(file, child, heap, out); });
}

Link read_link(const File& file, Cursor in) {
  if (in.u8() != 1) in.unsupported("the version is unknown");
  const std::uint8_t flags = in.u8();
  const std::uint8_t kind = flags & 0x08 ? in.u8() : 0;
  if (flags & 0x04) in.skip(8);  // creation order
  if (flags & 0x10) in.skip(1);  // character set
  const std::uint64_t name_size = in.unsigned_of(std::size_t{1} << (flags & 3));
  if (name_size > longest_name) in.damaged("a name is longer than 4096 bytes");
  Link link;
  link.name = in.text(name_size);
  if (kind == 0) {
    link.address = in.address();
  } else if (kind == 1 || kind == 64) {
    link.kind = kind == 1 ? Link::Kind::soft : Link::Kind::external;
    std::string_view value = in.text(in.u16());
    if (kind == 64 && !value.empty()) value.remove_prefix(1);  // version and flags
    link.target = value.substr(0, value.find('\0'));
  } else {
    in.unsupported(cat("a link of kind ", int{kind}));
  }
  file.spend(sizeof(Link) + link.name.size() + link.target.size());
  return link;
}

void read_dense_links(const File& file, Cursor in, std::vector<Link>& out) {
  if (in.u8() != 0) in.unsupported("the version is unknown");
  if (in.u8() & 0x01) in.skip(8);  // highest creation order
  const std::uint64_t heap_address = in.address(), tree = in.address();
  if (heap_address == undefined_address || tree == undefined_address) return;
  const FractalHeap heap(file, heap_address);
  for_each_record(file, tree, "index of links", [&](std::uint8_t type, Cursor record) {
    if (type != 5) record.damaged("the tree is not one of link names");
    record.skip(4);  // hash of the name
    out.push_back(read_link(file, file.cursor(heap.object(record.take(record.remaining())), "link")));
  });
}

}  // namespace

bool is_group(const std::vector<Message>& messages) {
  return std::any_of(messages.begin(), messages.end(), [](const Message& m) {
    return m.type == MessageType::symbol_table || m.type == MessageType::link_info ||
           m.type == MessageType::link;
  });
}

std::vector<Link> read_links(const File& file, const std::vector<Message>& messages) {
  std::vector<Link> out;
  for (const Message& m : messages) {
    if (m.type == MessageType::symbol_table)
      read_old_group(file, file.cursor(m.body, "symbol table message"), out);
    if (m.type == MessageType::link_info)
      read_dense_links(file, file.cursor(m.body, "link info message"), out);
    if (m.type == MessageType::link) out.push_back(read_link(file, file.cursor(m.body, "link message")));
  }
  return out;
}

}  // namespace keratin::serialization::hdf5
