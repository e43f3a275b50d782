#include "serialization/hdf5/object_header.h"

#include "serialization/hdf5/checksum.h"
#include "serialization/hdf5/shared_table.h"

namespace keratin::serialization::hdf5 {
namespace {

constexpr const char* what = "object header";
constexpr std::size_t most_messages = 1 << 17;  // libhdf5 writes at most 2^16 of them

struct Continuation {
  std::uint64_t address, size;
};

bool is_needed(std::uint64_t type) {
  switch (static_cast<MessageType>(type)) {
    case MessageType::dataspace:
    case MessageType::link_info:
    case MessageType::datatype:
    case MessageType::old_fill_value:
    case MessageType::fill_value:
    case MessageType::link:
    case MessageType::external_files:
    case MessageType::layout:
    case MessageType::filters:
    case MessageType::attribute:
    case MessageType::shared_table:
    case MessageType::symbol_table:
    case MessageType::attribute_info:
      return true;
    default:
      return false;
  }
}

struct Reader {
  const File& file;
  std::vector<Message>& out;
  std::vector<Continuation> more;
  std::size_t seen = 0;

  void add(const Cursor& in, std::uint64_t type, std::uint8_t flags, Block body) {
    if (++seen > most_messages) in.damaged("there are more messages than any writer makes");
    if (type == static_cast<std::uint64_t>(MessageType::continuation)) {
      Cursor c = file.cursor(std::move(body), "continuation of an object header");
      const std::uint64_t address = c.address();
      more.push_back({address, c.length()});
    } else if (is_needed(type)) {
      out.push_back({static_cast<MessageType>(type), flags, std::move(body)});
    } else if (type > 0x18 && (flags & 0x80)) {
      in.unsupported(cat("message type ", type, " is unknown and marked as essential"));
    }
  }

  void messages_v1(Cursor in) {
    while (in.remaining() >= 8) {
      const std::uint16_t type = in.u16(), size = in.u16();
      const std::uint8_t flags = in.u8();
      in.skip(3);
      add(in, type, flags, in.block(size));
    }
  }

  void messages_v2(Cursor in, bool has_order) {
    const std::uint64_t prefix = has_order ? 6 : 4;
    while (in.remaining() >= prefix) {
      const std::uint8_t type = in.u8();
      const std::uint16_t size = in.u16();
      const std::uint8_t flags = in.u8();
      if (has_order) in.skip(2);
      add(in, type, flags, in.block(size));
    }
  }

  void read_v1(std::uint64_t address) {
    Cursor in = file.cursor(address, 16, what);
    in.skip(8);  // version, number of messages, reference count
    const std::uint32_t size = in.u32();
    messages_v1(file.cursor(address + 16, size, what));
    for (std::size_t i = 0; i < more.size(); ++i)  // grows while it is walked
      messages_v1(file.cursor(more[i].address, more[i].size, what));
  }

  void read_v2(std::uint64_t address) {
    Cursor in = file.cursor_up_to(address, 34, what);
    in.expect("OHDR");
    const std::uint8_t version = in.u8(), flags = in.u8();
    if (version != 2) in.unsupported(cat("version ", int{version}, " is unknown"));
    if (flags & 0x20) in.skip(16);  // times
    if (flags & 0x10) in.skip(4);   // when attributes move to dense storage
    const std::uint64_t size = in.unsigned_of(std::size_t{1} << (flags & 0x03));
    const std::uint64_t start = in.position();
    if (size > file.size()) in.damaged("it is larger than the file");
    const bool has_order = (flags & 0x04) != 0;
    messages_v2(checked(address, start + size + 4, start), has_order);
    for (std::size_t i = 0; i < more.size(); ++i) {
      if (more[i].size < 8) in.damaged("a continuation is too small");
      Cursor part = checked(more[i].address, more[i].size, 0);
      part.expect("OCHK");
      messages_v2(std::move(part), has_order);
    }
  }

  // A cursor behind skip bytes of a block whose last four bytes are the checksum of the rest.
  Cursor checked(std::uint64_t address, std::uint64_t size, std::uint64_t skip) {
    Cursor all = file.cursor(address, size, what);
    const Block body = all.block(size - 4);
    check_lookup3(body.bytes, all.u32(), what);
    Cursor in = file.cursor(body, what);
    in.skip(skip);
    return in;
  }
};

struct SharedReference {
  bool in_heap = false;
  std::uint64_t address = 0;  // of an object header
  Block heap_id;
  std::uint64_t size = 0;
};

SharedReference read_shared_reference(const File& file, const Block& body) {
  Cursor in = file.cursor(body, "shared message");
  const std::uint8_t version = in.u8(), type = in.u8();
  SharedReference out;
  if (version == 1) {
    in.skip(6);
    in.length();  // where the name lies
    out.address = in.address();
  } else if (version == 3 && type == 1) {
    out.in_heap = true;
    out.heap_id = in.block(8);
  } else if (version == 2 || version == 3) {
    out.address = in.address();
  } else {
    in.unsupported(cat("version ", int{version}, " is unknown"));
  }
  out.size = in.position();
  return out;
}

}  // namespace

void read_object_header(const File& file, std::uint64_t address, std::vector<Message>& out) {
  out.clear();
  const std::uint8_t first = file.cursor(address, 1, what).u8();
  Reader reader{file, out, {}};
  if (first == 1) {
    reader.read_v1(address);
  } else {
    reader.read_v2(address);
  }
}

Block resolve_shared(const File& file, MessageType type, bool shared, const Block& body) {
  if (!shared) return body;
  const SharedReference reference = read_shared_reference(file, body);
  if (reference.in_heap) return read_shared_message(file, type, reference.heap_id);
  std::vector<Message> messages;
  read_object_header(file, reference.address, messages);
  for (const Message& message : messages)
    if (message.type == type && !(message.flags & 0x02)) return message.body;
  fail(ErrorCode::corrupt_file, "shared message: the object at ", reference.address,
       " does not hold it; the file is damaged");
}

std::uint64_t shared_reference_size(const File& file, const Block& body) {
  return read_shared_reference(file, body).size;
}

}  // namespace keratin::serialization::hdf5
