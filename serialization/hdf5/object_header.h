// The messages of an object header, versions 1 and 2, continuations followed, shared ones resolved.
#pragma once

#include <vector>

#include "serialization/hdf5/file.h"

namespace keratin::serialization::hdf5 {

enum class MessageType : std::uint16_t {
  nil = 0x00,
  dataspace = 0x01,
  link_info = 0x02,
  datatype = 0x03,
  old_fill_value = 0x04,
  fill_value = 0x05,
  link = 0x06,
  external_files = 0x07,
  layout = 0x08,
  filters = 0x0b,
  attribute = 0x0c,
  shared_table = 0x0f,
  continuation = 0x10,
  symbol_table = 0x11,
  attribute_info = 0x15,
};

struct Message {
  MessageType type;
  std::uint8_t flags;
  Block body;
};

// Replaces the content of out. Messages that no reader needs are left out.
void read_object_header(const File& file, std::uint64_t address, std::vector<Message>& out);

// What message says: its own body, or the one that it shares with other objects.
Block resolve_shared(const File& file, MessageType type, bool shared, const Block& body);
inline Block resolve_shared(const File& file, const Message& message) {
  return resolve_shared(file, message.type, (message.flags & 0x02) != 0, message.body);
}

// Bytes of the shared reference at the start of a block: attributes hold them inline.
std::uint64_t shared_reference_size(const File& file, const Block& body);

}  // namespace keratin::serialization::hdf5
