#include "serialization/hdf5/fractal_heap.h"

#include <algorithm>
#include <bit>

#include "serialization/hdf5/checksum.h"
#include "serialization/hdf5/tree2.h"

namespace keratin::serialization::hdf5 {
namespace {

constexpr const char* what = "fractal heap";

}  // namespace

FractalHeap::FractalHeap(const File& file, std::uint64_t address) : file_(file) {
  const std::uint64_t o = file.widths().offset, l = file.widths().length;
  const std::uint64_t size = 4 + 1 + 2 + 2 + 1 + 4 + 12 * l + 3 * o + 2 + 2 + 2 + 2;
  Cursor all = file.cursor(address, size + 4, what);
  const Block body = all.block(size);
  Cursor in = file.cursor(body, what);
  in.expect("FRHP");
  if (in.u8() != 0) in.unsupported("the version is unknown");
  id_size_ = in.u16();
  if (in.u16() != 0) in.unsupported("it is compressed");
  check_lookup3(body.bytes, all.u32(), what);
  checksums_ = (in.u8() & 0x02) != 0;
  most_managed_ = in.u32();
  in.length();  // next huge identifier
  huge_tree_ = in.address();
  in.length(), in.address();                // free space
  for (int i = 0; i < 8; ++i) in.length();  // statistics
  width_ = in.u16();
  start_size_ = in.length();
  most_direct_ = in.length();
  const std::uint64_t bits = in.u16();
  in.u16();  // rows that a root starts with
  root_ = in.address();
  root_rows_ = in.u16();
  if (width_ == 0 || !std::has_single_bit(start_size_) || !std::has_single_bit(most_direct_) ||
      most_direct_ < start_size_ || bits == 0 || bits > 64 || id_size_ == 0)
    in.damaged("its block sizes are no powers of two");
  offset_bytes_ = (bits + 7) / 8;
  const std::uint64_t direct_bytes = (std::bit_width(most_direct_) - 1 + 7) / 8;
  const std::uint64_t managed_bytes = most_managed_ ? (std::bit_width(most_managed_) - 1) / 8 + 1 : 1;
  length_bytes_ = std::min(direct_bytes, managed_bytes);
}

Block FractalHeap::object(Bytes id) const {
  Cursor in = file_.cursor(Block{id, 0, nullptr}, "identifier in a fractal heap");
  const std::uint8_t kind = in.u8();
  if (kind & 0xc0) in.damaged("its version is unknown");
  switch (kind >> 4 & 3) {
    case 0:
      return managed(std::move(in));
    case 1:
      return huge(std::move(in));
    case 2:
      return tiny(file_.cursor(Block{id, 0, nullptr}, "identifier in a fractal heap"));
    default:
      in.damaged("its kind is unknown");
  }
}

Block FractalHeap::managed(Cursor id) const {
  const std::uint64_t offset = id.unsigned_of(offset_bytes_);
  const std::uint64_t size = id.unsigned_of(length_bytes_);
  return in_table(root_, root_rows_, offset, size, undefined_address);
}

std::uint64_t FractalHeap::row_size(std::uint64_t row) const {
  const std::uint64_t shift = row == 0 ? 0 : row - 1;
  check(shift < 64 && std::bit_width(start_size_) + shift <= 63, ErrorCode::corrupt_file, what,
        ": a table has more rows than addresses reach; the file is damaged");
  return start_size_ << shift;
}

std::uint64_t FractalHeap::row_start(std::uint64_t row) const {
  if (row == 0) return 0;
  const std::uint64_t size = row_size(row);
  check(size <= (undefined_address >> 1) / width_, ErrorCode::corrupt_file, what,
        ": a table is larger than addresses reach; the file is damaged");
  return width_ * size;
}

// Rows double in size; blocks up to most_direct_ hold data, larger ones are tables again.
Block FractalHeap::in_table(std::uint64_t address, std::uint64_t rows, std::uint64_t offset,
                            std::uint64_t size, std::uint64_t limit) const {
  const std::uint64_t prefix = 5 + file_.widths().offset + offset_bytes_;
  for (int depth = 0; depth < 64; ++depth) {
    if (rows == 0) {  // a block of data; offsets count its prefix too
      const std::uint64_t block_size = limit == undefined_address ? start_size_ : limit;
      const std::uint64_t head = prefix + (checksums_ ? 4 : 0);
      Cursor in = file_.cursor(address, head, "block of a fractal heap");
      in.expect("FHDB");
      if (offset < head || offset > block_size || size > block_size - offset)
        in.damaged("an object lies outside of its block");
      file_.require(address, block_size, "block of a fractal heap");
      return file_.block(address + offset, size, "object in a fractal heap");
    }
    std::uint64_t row = 0;
    while (row + 1 < rows && row_start(row + 1) <= offset) ++row;
    const std::uint64_t within_row = offset - row_start(row);
    const std::uint64_t child_size = row_size(row), column = within_row / child_size;
    check(column < width_, ErrorCode::corrupt_file, what,
          ": an object lies behind the last block; the file is damaged");
    const std::uint64_t entry = row * width_ + column;  // addresses of tables follow those of blocks
    Cursor in =
        file_.cursor(address, prefix + (entry + 1) * file_.widths().offset, "table of a fractal heap");
    in.expect("FHIB");
    in.skip(prefix - 4 + entry * file_.widths().offset);
    address = in.address();
    offset = within_row % child_size;
    limit = child_size;
    rows = 0;
    if (child_size > most_direct_) {
      const std::uint64_t smallest = start_size_ * width_;
      check(std::has_single_bit(width_) && child_size >= smallest, ErrorCode::corrupt_file, what,
            ": a table is smaller than one row; the file is damaged");
      rows = std::bit_width(child_size) - std::bit_width(smallest) + 1;
    }
  }
  fail(ErrorCode::corrupt_file, what, ": its tables nest without end; the file is damaged");
}

Block FractalHeap::huge(Cursor id) const {
  const Widths w = file_.widths();
  if (id_size_ - 1 >= std::uint64_t{w.offset} + w.length) {
    const std::uint64_t address = id.address(), size = id.length();
    return file_.block(address, size, "huge object in a fractal heap");
  }
  const std::uint64_t key = id.unsigned_of(std::min<std::uint64_t>(id_size_ - 1, 8));
  Block found;
  bool seen = false;
  for_each_record(file_, huge_tree_, "index of huge objects", [&](std::uint8_t type, Cursor record) {
    if (type != 1) record.unsupported("huge objects are compressed");
    const std::uint64_t address = record.address(), size = record.length();
    if (record.length() != key) return;
    found = file_.block(address, size, "huge object in a fractal heap");
    seen = true;
  });
  if (!seen) id.damaged("no huge object has this number");
  return found;
}

Block FractalHeap::tiny(Cursor id) const {
  std::uint64_t size = id.u8() & 0x0f;
  if (id_size_ > 18) size = size << 8 | id.u8();  // longer identifiers hold a longer length
  Block body = id.block(size + 1);
  // The identifier lives in a record that the caller may drop: keep a copy.
  auto copy = std::make_shared<std::vector<std::byte>>(body.bytes.begin(), body.bytes.end());
  return {*copy, body.address, copy};
}

}  // namespace keratin::serialization::hdf5
