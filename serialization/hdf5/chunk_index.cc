#include "serialization/hdf5/chunk_index.h"

#include <algorithm>

#include "serialization/hdf5/checksum.h"
#include "serialization/hdf5/tree1.h"
#include "serialization/hdf5/tree2.h"

namespace keratin::serialization::hdf5 {
namespace {

bool inside(const ChunkGrid& grid, const std::vector<std::uint64_t>& position) {
  for (std::size_t i = 0; i < position.size(); ++i)
    if (position[i] >= grid.chunks_along(i)) return false;
  return true;
}

void visit_tree1(const File& file, const ChunkIndex& index, const ChunkGrid& grid, const VisitChunk& visit) {
  const std::size_t rank = grid.shape.size();
  Chunk chunk;
  chunk.position.resize(rank);
  for_each_child(file, index.address, {.type = 1, .key_size = 8 + 8 * (rank + 1)}, "B-tree of chunks",
                 [&](Cursor key, std::uint64_t child) {
                   chunk.size = key.u32();
                   chunk.skipped = key.u32();
                   for (std::size_t i = 0; i < rank; ++i) {
                     const std::uint64_t start = key.unsigned_of(8);
                     if (start % grid.chunk[i]) key.damaged("a chunk does not start where a chunk can");
                     chunk.position[i] = start / grid.chunk[i];
                   }
                   chunk.address = child;
                   if (inside(grid, chunk.position)) visit(chunk);
                 });
}

void visit_tree2(const File& file, const ChunkIndex& index, const ChunkGrid& grid, const VisitChunk& visit) {
  const std::size_t rank = grid.shape.size();
  Chunk chunk;
  chunk.position.resize(rank);
  for_each_record(file, index.address, "index of chunks", [&](std::uint8_t type, Cursor record) {
    if (type != (index.filtered ? 11 : 10)) record.damaged("the tree is not one of chunks");
    chunk.address = record.address();
    chunk.size = grid.chunk_bytes;
    if (index.filtered) {
      const std::uint64_t rest = record.remaining();
      if (rest < 4 + 8 * rank || rest - 4 - 8 * rank > 8) record.damaged("a record has the wrong length");
      chunk.size = record.unsigned_of(rest - 4 - 8 * rank);
      chunk.skipped = record.u32();
    }
    for (std::uint64_t& p : chunk.position) p = record.unsigned_of(8);
    if (inside(grid, chunk.position)) visit(chunk);
  });
}

void visit_implicit(const ChunkIndex& index, const ChunkGrid& grid, const VisitChunk& visit) {
  if (index.address == undefined_address) return;
  const ChunkNumbers numbers(grid, 0);
  Chunk chunk;
  chunk.size = grid.chunk_bytes;
  chunk.position.assign(grid.shape.size(), 0);
  if (!inside(grid, chunk.position)) return;
  for (;;) {  // the dataset was allocated at once: every chunk is there
    chunk.address = index.address + numbers.number(chunk.position) * grid.chunk_bytes;
    visit(chunk);
    std::size_t axis = chunk.position.size();
    while (axis > 0 && ++chunk.position[axis - 1] == grid.chunks_along(axis - 1)) chunk.position[--axis] = 0;
    if (axis == 0) return;
  }
}

// One block of elements, with a bitmap of the pages in use when there are many.
void visit_fixed_array(const File& file, const ChunkIndex& index, const ChunkGrid& grid,
                       const VisitChunk& visit) {
  constexpr const char* what = "fixed array of chunks";
  if (index.address == undefined_address) return;
  const std::uint64_t o = file.widths().offset;
  Cursor all = file.cursor(index.address, 8 + file.widths().length + o + 4, what);
  const Block body = all.block(8 + file.widths().length + o);
  check_lookup3(body.bytes, all.u32(), what);
  Cursor head = file.cursor(body, what);
  head.expect("FAHD");
  if (head.u8() != 0) head.unsupported("the version is unknown");
  if (head.u8() != (index.filtered ? 1 : 0)) head.damaged("its elements are of another kind");
  const std::uint64_t element = head.u8(), page_bits = head.u8();
  const std::uint64_t count = head.length(), address = head.address();
  if (address == undefined_address) return;
  if (element == 0 || page_bits > 62 || count > file.size()) head.damaged("it is larger than the file");
  const std::uint64_t per_page = std::uint64_t{1} << page_bits;
  const bool paged = count > per_page;
  const std::uint64_t pages = paged ? (count + per_page - 1) / per_page : 1;
  const std::uint64_t prefix = 6 + o + (paged ? (pages + 7) / 8 : 0);

  const ChunkNumbers numbers(grid, 0);
  auto elements = [&](Cursor& in, std::uint64_t first, std::uint64_t n) {
    for (std::uint64_t i = 0; i < n; ++i) {
      Chunk chunk = read_chunk_element(in, index, grid, element);
      if (chunk.address != undefined_address && numbers.position(first + i, chunk.position)) visit(chunk);
    }
  };
  const std::uint64_t block_size = prefix + (paged ? 0 : count * element);
  Cursor block = file.cursor(address, block_size + 4, what);
  const Block content = block.block(block_size);
  check_lookup3(content.bytes, block.u32(), what);
  Cursor in = file.cursor(content, what);
  in.expect("FADB");
  in.skip(2 + o);  // version, kind, the header
  if (!paged) return elements(in, 0, count);
  const Bytes used = in.take((pages + 7) / 8);
  for (std::uint64_t page = 0; page < pages; ++page) {
    if (!(static_cast<unsigned>(used[page / 8]) >> (7 - page % 8) & 1)) continue;
    const std::uint64_t n = std::min(per_page, count - page * per_page);
    Cursor whole =
        file.cursor(address + block_size + 4 + page * (per_page * element + 4), n * element + 4, what);
    const Block body_of_page = whole.block(n * element);
    check_lookup3(body_of_page.bytes, whole.u32(), what);
    Cursor page_in = file.cursor(body_of_page, what);
    elements(page_in, page * per_page, n);
  }
}

void visit_extensible_array(const File& file, const ChunkIndex& index, const ChunkGrid& grid,
                            const VisitChunk& visit) {
  const auto endless = std::find(grid.limits.begin(), grid.limits.end(), -1);
  const ChunkNumbers numbers(grid, endless == grid.limits.end() ? 0 : endless - grid.limits.begin());
  for_each_in_extensible_array(file, index, grid, [&](std::uint64_t number, Chunk chunk) {
    if (numbers.position(number, chunk.position)) visit(chunk);
  });
}

}  // namespace

ChunkNumbers::ChunkNumbers(const ChunkGrid& grid, std::size_t first) : grid_(grid) {
  if (!grid.shape.empty()) axes_.push_back(first);
  for (std::size_t i = 0; i < grid.shape.size(); ++i)
    if (i != first) axes_.push_back(i);
  for (const std::size_t axis : axes_) {
    const auto limit = static_cast<std::uint64_t>(grid.limits[axis]);  // without end: huge, and slowest
    along_.push_back(limit / grid.chunk[axis] + (limit % grid.chunk[axis] != 0));
  }
}

bool ChunkNumbers::position(std::uint64_t number, std::vector<std::uint64_t>& out) const {
  out.resize(axes_.size());
  for (std::size_t i = axes_.size(); i-- > 0;) {
    const std::size_t axis = axes_[i];
    if (along_[i] == 0) return false;
    out[axis] = i == 0 ? number : number % along_[i];
    number /= along_[i];
  }
  return inside(grid_, out);
}

std::uint64_t ChunkNumbers::number(const std::vector<std::uint64_t>& position) const {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < axes_.size(); ++i) out = out * along_[i] + position[axes_[i]];
  return out;
}

Chunk read_chunk_element(Cursor& in, const ChunkIndex& index, const ChunkGrid& grid,
                         std::uint64_t element_size) {
  const std::uint64_t o = in.widths().offset;
  Chunk chunk;
  if (element_size < (index.filtered ? o + 5 : o) || element_size > o + 12)
    in.damaged("elements have the wrong size");
  const std::uint64_t start = in.position();
  chunk.address = in.address();
  chunk.size = grid.chunk_bytes;
  if (index.filtered) {
    chunk.size = in.unsigned_of(element_size - o - 4);
    chunk.skipped = in.u32();
  }
  in.skip(start + element_size - in.position());
  return chunk;
}

void for_each_chunk(const File& file, const ChunkIndex& index, const ChunkGrid& grid,
                    const VisitChunk& visit) {
  using Kind = ChunkIndex::Kind;
  switch (index.kind) {
    case Kind::tree1:
      return visit_tree1(file, index, grid, visit);
    case Kind::tree2:
      return index.address == undefined_address ? void() : visit_tree2(file, index, grid, visit);
    case Kind::implicit:
      return visit_implicit(index, grid, visit);
    case Kind::fixed_array:
      return visit_fixed_array(file, index, grid, visit);
    case Kind::extensible_array:
      return visit_extensible_array(file, index, grid, visit);
    case Kind::single: {
      if (index.address == undefined_address) return;
      Chunk chunk{
          index.address, index.filtered ? index.single_size : grid.chunk_bytes, index.single_skipped, {}};
      chunk.position.assign(grid.shape.size(), 0);
      return visit(chunk);
    }
  }
}

}  // namespace keratin::serialization::hdf5
