// FractalHeap: the heap behind dense links, dense attributes and shared messages.
#pragma once

#include "serialization/hdf5/file.h"

namespace keratin::serialization::hdf5 {

class FractalHeap {
 public:
  FractalHeap(const File& file, std::uint64_t address);
  // The object that an identifier of this heap names.
  Block object(Bytes id) const;

 private:
  Block managed(Cursor id) const;
  Block huge(Cursor id) const;
  Block tiny(Cursor id) const;
  std::uint64_t row_size(std::uint64_t row) const;   // bytes of one block in a row
  std::uint64_t row_start(std::uint64_t row) const;  // offset of a row in its table
  Block in_table(std::uint64_t address, std::uint64_t rows, std::uint64_t offset, std::uint64_t size,
                 std::uint64_t limit) const;

  const File& file_;
  std::uint64_t id_size_ = 0, most_managed_ = 0, huge_tree_ = 0;
  std::uint64_t width_ = 0, start_size_ = 0, most_direct_ = 0;
  std::uint64_t offset_bytes_ = 0, length_bytes_ = 0;
  std::uint64_t root_ = 0, root_rows_ = 0;
  bool checksums_ = false;
};

}  // namespace keratin::serialization::hdf5
