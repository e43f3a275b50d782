#include "serialization/hdf5/shared_table.h"

#include "serialization/hdf5/checksum.h"
#include "serialization/hdf5/fractal_heap.h"

namespace keratin::serialization::hdf5 {

std::uint64_t shared_heap(const File& file, MessageType type) {
  constexpr const char* what = "shared message table";
  std::vector<Message> messages;
  if (file.extension() != undefined_address) read_object_header(file, file.extension(), messages);
  for (const Message& message : messages) {
    if (message.type != MessageType::shared_table) continue;
    Cursor in = file.cursor(message.body, what);
    in.skip(1);  // version
    const std::uint64_t address = in.address();
    const std::uint64_t count = in.u8();
    const std::uint64_t index_size = 14 + 2 * std::uint64_t{file.widths().offset};
    Cursor table = file.cursor(address, 4 + count * index_size + 4, what);
    const Block body = table.block(4 + count * index_size);
    check_lookup3(body.bytes, table.u32(), what);
    Cursor rows = file.cursor(body, what);
    rows.expect("SMTB");
    for (std::uint64_t i = 0; i < count; ++i) {
      rows.skip(2);  // version, kind of index
      const std::uint16_t types = rows.u16();
      rows.skip(4 + 2 + 2 + 2);  // smallest message, cut-offs, number of messages
      rows.address();            // the index, which only writers need
      const std::uint64_t heap = rows.address();
      if (types >> static_cast<unsigned>(type) & 1) return heap;
    }
  }
  fail(ErrorCode::corrupt_file, what, ": a message is said to be there but is not; the file is damaged");
}

Block read_shared_message(const File& file, MessageType type, const Block& heap_id) {
  return FractalHeap(file, shared_heap(file, type)).object(heap_id.bytes);
}

}  // namespace keratin::serialization::hdf5
