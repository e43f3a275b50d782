// The index of datasets with one endless axis: elements, then data blocks, then blocks of data blocks,
// each generation larger than the one before.
#include <bit>

#include "serialization/hdf5/checksum.h"
#include "serialization/hdf5/chunk_index.h"

namespace keratin::serialization::hdf5 {
namespace {

constexpr const char* what = "extensible array of chunks";
using Visit = std::function<void(std::uint64_t, Chunk)>;

struct Array {
  const File& file;
  const ChunkIndex& index;
  const ChunkGrid& grid;
  const Visit& visit;
  std::uint64_t element = 0, bits = 0, in_index = 0, smallest_block = 0, smallest_super = 0, page_bits = 0;
  std::uint64_t next = 0;  // number of the next element

  std::uint64_t o() const { return file.widths().offset; }
  std::uint64_t per_page() const { return std::uint64_t{1} << page_bits; }

  // A cursor behind the signature of a block whose last four bytes are the checksum of the rest.
  Cursor checked(std::uint64_t address, std::uint64_t size, std::string_view signature) const {
    Cursor all = file.cursor(address, size + 4, what);
    const Block body = all.block(size);
    check_lookup3(body.bytes, all.u32(), what);
    Cursor in = file.cursor(body, what);
    in.expect(signature);
    return in;
  }

  void elements(Cursor& in, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i, ++next) {
      Chunk chunk = read_chunk_element(in, index, grid, element);
      if (chunk.address != undefined_address) visit(next, std::move(chunk));
    }
  }

  // pages: bitmap of the pages in use, or empty when the block has none.
  void data_block(std::uint64_t address, std::uint64_t count, Bytes pages, std::uint64_t first_page) {
    if (address == undefined_address) {
      next += count;
      return;
    }
    const bool paged = count > per_page();
    const std::uint64_t prefix = 6 + o() + (bits + 7) / 8;
    check(count <= file.size(), ErrorCode::corrupt_file, what,
          ": a block is larger than the file; the file is damaged");
    Cursor in = checked(address, prefix + (paged ? 0 : count * element), "EADB");
    in.skip(prefix - 4);
    if (!paged) return elements(in, count);
    for (std::uint64_t page = 0; page < count / per_page(); ++page) {
      const std::uint64_t bit = first_page + page;
      const bool used =
          bit / 8 < pages.size() && (static_cast<unsigned>(pages[bit / 8]) >> (7 - bit % 8) & 1);
      if (!used) {
        next += per_page();
        continue;
      }
      Cursor page_in =
          checked(address + prefix + 4 + page * (per_page() * element + 4), per_page() * element, "");
      elements(page_in, per_page());
    }
  }

  std::uint64_t blocks_of(std::uint64_t super) const { return std::uint64_t{1} << (super / 2); }
  std::uint64_t elements_of(std::uint64_t super) const { return smallest_block << ((super + 1) / 2); }

  void super_block(std::uint64_t address, std::uint64_t super) {
    const std::uint64_t blocks = blocks_of(super), count = elements_of(super);
    if (address == undefined_address) {
      next += blocks * count;
      return;
    }
    check(blocks <= file.size() && count <= file.size(), ErrorCode::corrupt_file, what,
          ": a block is larger than the file; the file is damaged");
    const std::uint64_t pages = count > per_page() ? count / per_page() : 0;
    const std::uint64_t bitmap =
        (pages + 7) / 8;  // room per data block; the bits follow each other without gaps
    const std::uint64_t prefix = 6 + o() + (bits + 7) / 8;
    Cursor in = checked(address, prefix + blocks * bitmap + blocks * o(), "EASB");
    in.skip(prefix - 4);
    const Bytes used = in.take(blocks * bitmap);
    for (std::uint64_t i = 0; i < blocks; ++i) data_block(in.address(), count, used, i * pages);
  }

  void index_block(std::uint64_t address) {
    const std::uint64_t supers = 1 + bits - (std::bit_width(smallest_block) - 1);
    const std::uint64_t direct_supers = 2 * (std::bit_width(smallest_super) - 1);
    const std::uint64_t direct_blocks = 2 * (smallest_super - 1);
    const std::uint64_t indirect = supers > direct_supers ? supers - direct_supers : 0;
    Cursor in = checked(address, 6 + o() + in_index * element + (direct_blocks + indirect) * o(), "EAIB");
    in.skip(2 + o());
    elements(in, in_index);
    for (std::uint64_t super = 0; super < direct_supers; ++super)
      for (std::uint64_t i = 0; i < blocks_of(super); ++i)
        data_block(in.address(), elements_of(super), {}, 0);
    for (std::uint64_t i = 0; i < indirect; ++i) super_block(in.address(), direct_supers + i);
  }
};

}  // namespace

void for_each_in_extensible_array(const File& file, const ChunkIndex& index, const ChunkGrid& grid,
                                  const Visit& visit) {
  if (index.address == undefined_address) return;
  Array array{file, index, grid, visit};
  const std::uint64_t size = 12 + 6 * std::uint64_t{file.widths().length} + array.o();
  Cursor in = array.checked(index.address, size, "EAHD");
  if (in.u8() != 0) in.unsupported("the version is unknown");
  if (in.u8() != (index.filtered ? 1 : 0)) in.damaged("its elements are of another kind");
  array.element = in.u8();
  array.bits = in.u8();
  array.in_index = in.u8();
  array.smallest_block = in.u8();
  array.smallest_super = in.u8();
  array.page_bits = in.u8();
  for (int i = 0; i < 6; ++i) in.length();  // statistics
  const std::uint64_t block = in.address();
  const bool sound = array.element && array.bits && array.bits <= 60 &&
                     std::has_single_bit(array.smallest_block) && std::has_single_bit(array.smallest_super) &&
                     array.page_bits <= array.bits &&
                     array.bits >= static_cast<std::uint64_t>(std::bit_width(array.smallest_block) - 1);
  if (!sound) in.damaged("its block sizes are impossible");
  if (block != undefined_address) array.index_block(block);
}

}  // namespace keratin::serialization::hdf5
