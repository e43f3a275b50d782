#include "serialization/hdf5/chunked_values.h"

#include <algorithm>
#include <cstring>

namespace keratin::serialization::hdf5 {
namespace {

void fill_range(const StoredValues& values, std::span<std::byte> out) {
  const std::size_t size = values.element_size;
  if (values.fill.empty()) {
    if (!out.empty()) std::memset(out.data(), 0, out.size());
    return;
  }
  for (std::size_t at = 0; at + size <= out.size(); at += size)
    std::memcpy(out.data() + at, values.fill.data(), size);
}

void swap_elements(std::span<std::byte> out, std::size_t size) {
  for (std::size_t at = 0; at + size <= out.size(); at += size)
    std::reverse(out.begin() + static_cast<std::ptrdiff_t>(at),
                 out.begin() + static_cast<std::ptrdiff_t>(at + size));
}

// Walks the rows that a chunk and the dataset share: row(offset in out, offset in chunk, bytes).
template <class Row>
void for_each_row(const ChunkGrid& grid, std::uint64_t element, const std::vector<std::uint64_t>& position,
                  Row&& row) {
  const std::size_t rank = grid.shape.size();
  std::vector<std::uint64_t> count(rank), at(rank, 0);
  for (std::size_t i = 0; i < rank; ++i) {
    const std::uint64_t start = position[i] * grid.chunk[i];
    count[i] = std::min(grid.chunk[i], static_cast<std::uint64_t>(grid.shape[i]) - start);
  }
  for (;;) {
    std::uint64_t to = 0, from = 0;
    for (std::size_t i = 0; i < rank; ++i) {
      to = to * static_cast<std::uint64_t>(grid.shape[i]) + position[i] * grid.chunk[i] + at[i];
      from = from * grid.chunk[i] + at[i];
    }
    row(to * element, from * element, (rank ? count[rank - 1] : 1) * element);
    std::size_t axis = rank ? rank - 1 : 0;
    while (axis > 0 && ++at[axis - 1] == count[axis - 1]) at[--axis] = 0;
    if (axis == 0) return;
  }
}

class ChunkReader {
 public:
  ChunkReader(const StoredValues& values, std::span<std::byte> out)
      : values_(values), file_(values.file), out_(out) {
    std::uint64_t chunks = 1;
    for (std::size_t i = 0; i < values.grid.shape.size(); ++i) chunks *= values.grid.chunks_along(i);
    seen_.resize(chunks);
  }

  void run() {
    if (seen_.empty()) return;
    std::uint64_t read = 0;
    for_each_chunk(file_, values_.index, values_.grid, [&](const Chunk& chunk) {
      const std::uint64_t number = number_of(chunk.position);
      check(!seen_[number], ErrorCode::corrupt_file,
            "chunk: two chunks have the same place; the file is damaged");
      seen_[number] = true;
      ++read;
      take(chunk);
    });
    if (read < seen_.size()) fill_missing();
  }

 private:
  std::uint64_t number_of(const std::vector<std::uint64_t>& position) const {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < position.size(); ++i)
      number = number * values_.grid.chunks_along(i) + position[i];
    return number;
  }

  void take(const Chunk& chunk) {
    const ChunkGrid& grid = values_.grid;
    const bool raw = values_.pipeline.empty() || (values_.whole_edges && over_edge(chunk.position));
    const std::uint64_t ratio = raw ? 1 : expansion(values_.pipeline);
    check(chunk.size <= file_.size() && grid.chunk_bytes / ratio <= chunk.size, ErrorCode::corrupt_file,
          "chunk: ", chunk.size, " stored bytes can't hold its ", grid.chunk_bytes,
          " bytes; the file is damaged or hostile");
    const Block stored = file_.block(chunk.address, chunk.size, "chunk");
    Bytes bytes = stored.bytes.first(std::min<std::size_t>(stored.bytes.size(), grid.chunk_bytes));
    if (!raw) {
      buffer_.resize(grid.chunk_bytes);
      undo_filters(values_.pipeline, chunk.skipped, stored.bytes, buffer_, scratch_);
      bytes = buffer_;
    }
    for_each_row(grid, values_.element_size, chunk.position,
                 [&](std::uint64_t to, std::uint64_t from, std::uint64_t n) {
                   std::memcpy(out_.data() + to, bytes.data() + from, n);
                 });
  }

  bool over_edge(const std::vector<std::uint64_t>& position) const {
    for (std::size_t i = 0; i < position.size(); ++i)
      if ((position[i] + 1) * values_.grid.chunk[i] > static_cast<std::uint64_t>(values_.grid.shape[i]))
        return true;
    return false;
  }

  void fill_missing() {
    std::vector<std::uint64_t> position(values_.grid.shape.size(), 0);
    for (std::uint64_t number = 0; number < seen_.size(); ++number) {
      if (seen_[number]) continue;
      for (std::uint64_t i = position.size(), rest = number; i-- > 0; rest /= values_.grid.chunks_along(i))
        position[i] = rest % values_.grid.chunks_along(i);
      for_each_row(values_.grid, values_.element_size, position,
                   [&](std::uint64_t to, std::uint64_t, std::uint64_t n) {
                     fill_range(values_, out_.subspan(to, n));
                   });
    }
  }

  const StoredValues& values_;
  const File file_;  // a copy: its caches belong to one thread
  std::span<std::byte> out_;
  std::vector<bool> seen_;
  std::vector<std::byte> buffer_;
  FilterScratch scratch_;
};

}  // namespace

void read_stored_values(const StoredValues& values, std::span<std::byte> out) {
  if (values.chunked) {
    ChunkReader(values, out).run();
  } else if (values.address != undefined_address) {
    values.file.source()->read(values.file.base() + values.address, out);
  } else {
    fill_range(values, out);
  }
  if (values.swap_bytes) swap_elements(out, values.element_size);
}

}  // namespace keratin::serialization::hdf5
