#include "serialization/hdf5/layout.h"

namespace keratin::serialization::hdf5 {
namespace {

Layout::Kind kind_of(Cursor& in) {
  const std::uint8_t number = in.u8();
  if (number > 3) in.damaged(cat("layout ", int{number}, " is unknown"));
  return static_cast<Layout::Kind>(number);
}

// The last dim is the size of an element in bytes.
void read_chunk_dims(Cursor& in, std::size_t count, std::size_t width, Layout& out) {
  if (count < 1 || count > 33) in.damaged(cat("chunks of rank ", count));
  for (std::size_t i = 0; i + 1 < count; ++i) {
    out.chunk.push_back(in.unsigned_of(width));
    if (out.chunk.back() == 0) in.damaged("a chunk has a dim of 0");
  }
}

void read_old(Cursor& in, Layout& out) {
  const std::uint8_t rank = in.u8();
  out.kind = kind_of(in);
  in.skip(5);
  std::uint64_t address = undefined_address;
  if (out.kind != Layout::Kind::compact) address = in.address();
  if (out.kind == Layout::Kind::chunked) {
    read_chunk_dims(in, rank, 4, out);
    in.skip(4);
    out.index.address = address;
    return;
  }
  out.address = address;
  in.skip(4 * std::uint64_t{rank});
  if (out.kind != Layout::Kind::compact) return;
  out.size = in.u32();
  out.address = in.here();
  in.skip(out.size);
}

void read_index(Cursor& in, std::uint8_t flags, Layout& out) {
  using Kind = ChunkIndex::Kind;
  const std::uint8_t number = in.u8();
  switch (number) {
    case 1:
      out.index.kind = Kind::single;
      if (flags & 0x02) {
        out.index.single_size = in.length();
        out.index.single_skipped = in.u32();
      }
      break;
    case 2:
      out.index.kind = Kind::implicit;
      break;
    case 3:
      out.index.kind = Kind::fixed_array;
      in.skip(1);
      break;
    case 4:
      out.index.kind = Kind::extensible_array;
      in.skip(5);
      break;
    case 5:
      out.index.kind = Kind::tree2;
      in.skip(6);
      break;
    default:
      in.damaged(cat("chunk index ", int{number}, " is unknown"));
  }
  out.index.address = in.address();
}

void read_chunked(Cursor& in, std::uint8_t version, Layout& out) {
  if (version == 3) {
    const std::uint8_t count = in.u8();
    out.index.address = in.address();
    return read_chunk_dims(in, count, 4, out);
  }
  const std::uint8_t flags = in.u8(), count = in.u8(), width = in.u8();
  if (width < 1 || width > 8) in.damaged(cat("chunk dims of ", int{width}, " bytes"));
  read_chunk_dims(in, count, width, out);
  in.skip(width);
  out.whole_edges = flags & 0x01;
  read_index(in, flags, out);
}

}  // namespace

Layout read_layout(Cursor in) {
  Layout out;
  const std::uint8_t version = in.u8();
  if (version < 1 || version > 4) in.unsupported(cat("version ", int{version}, " is unknown"));
  if (version < 3) {
    read_old(in, out);
  } else {
    out.kind = kind_of(in);
    if (out.kind == Layout::Kind::compact) {
      out.size = in.u16();
      out.address = in.here();
      in.skip(out.size);
    } else if (out.kind == Layout::Kind::contiguous) {
      out.address = in.address();
      out.size = in.length();
    } else if (out.kind == Layout::Kind::chunked) {
      read_chunked(in, version, out);
    }
  }
  if (out.kind == Layout::Kind::in_other_datasets)
    out.refused = "it is a virtual dataset: its values lie in other datasets or files, which are not read";
  return out;
}

Bytes read_fill_value(Cursor in, bool is_old) {
  if (is_old) return in.take(in.u32());
  const std::uint8_t version = in.u8();
  if (version < 1 || version > 3) in.unsupported(cat("version ", int{version}, " is unknown"));
  if (version == 3) {
    const std::uint8_t flags = in.u8();
    return flags & 0x20 ? in.take(in.u32()) : Bytes();
  }
  in.skip(2);  // when space is allocated, when the value is written
  const bool defined = in.u8() != 0;
  if (version == 2 && !defined) return {};
  const std::uint32_t size = in.u32();
  return size == 0xffffffffu ? Bytes() : in.take(size);
}

}  // namespace keratin::serialization::hdf5
