// Where the chunks of a dataset lie: all six kinds of index that HDF5 has.
#pragma once

#include <functional>
#include <vector>

#include "serialization/hdf5/datatype.h"
#include "serialization/hdf5/file.h"

namespace keratin::serialization::hdf5 {

struct ChunkIndex {
  enum class Kind { tree1, single, implicit, fixed_array, extensible_array, tree2 } kind = Kind::tree1;
  std::uint64_t address = undefined_address;
  bool filtered = false;
  std::uint64_t single_size = 0;  // stored bytes of a single filtered chunk
  std::uint32_t single_skipped = 0;
};

struct ChunkGrid {
  Shape shape;                       // of the dataset
  Shape limits;                      // how far it may grow; -1 without end
  std::vector<std::uint64_t> chunk;  // dims of one chunk
  std::uint64_t chunk_bytes = 0;

  std::uint64_t chunks_along(std::size_t axis) const {
    return (static_cast<std::uint64_t>(shape[axis]) + chunk[axis] - 1) / chunk[axis];
  }
};

struct Chunk {
  std::uint64_t address = 0;
  std::uint64_t size = 0;               // stored bytes
  std::uint32_t skipped = 0;            // bit per filter that was not applied
  std::vector<std::uint64_t> position;  // in chunks, per axis
};
using VisitChunk = std::function<void(const Chunk&)>;

// Visits the chunks that are stored and lie inside the shape.
void for_each_chunk(const File& file, const ChunkIndex& index, const ChunkGrid& grid,
                    const VisitChunk& visit);

// Of the indexes that number the chunks in row-major order over the limits.
class ChunkNumbers {
 public:
  // first: the axis that varies slowest, which an extensible array chooses.
  ChunkNumbers(const ChunkGrid& grid, std::size_t first);
  // False when the chunk lies outside of the shape.
  bool position(std::uint64_t number, std::vector<std::uint64_t>& out) const;
  std::uint64_t number(const std::vector<std::uint64_t>& position) const;

 private:
  const ChunkGrid& grid_;
  std::vector<std::size_t> axes_;     // slowest first
  std::vector<std::uint64_t> along_;  // chunks within the limits, per entry of axes_
};

// Elements of the arrays: an address, and for filtered chunks a size and a mask.
Chunk read_chunk_element(Cursor& in, const ChunkIndex& index, const ChunkGrid& grid,
                         std::uint64_t element_size);
void for_each_in_extensible_array(const File& file, const ChunkIndex& index, const ChunkGrid& grid,
                                  const std::function<void(std::uint64_t number, Chunk chunk)>& visit);

}  // namespace keratin::serialization::hdf5
