// Filters of chunked datasets: deflate, shuffle, Fletcher-32. Any other is named and refused.
#pragma once

#include <string>
#include <vector>

#include "serialization/hdf5/file.h"

namespace keratin::serialization::hdf5 {

struct Filter {
  std::uint16_t id = 0;
  std::uint32_t parameter = 0;  // the first one: bytes per element for shuffle
};
// In the order in which a writer applies them.
using Pipeline = std::vector<Filter>;

Pipeline read_pipeline(Cursor in);
// Why this pipeline can't be undone; empty when it can.
std::string refusal(const Pipeline& pipeline);
// How many bytes one stored byte can become.
std::uint64_t expansion(const Pipeline& pipeline);

// Undoes the filters whose bit in skipped is clear; fills out exactly. scratch saves allocations.
struct FilterScratch {
  std::vector<std::byte> front, back;
};
void undo_filters(const Pipeline& pipeline, std::uint32_t skipped, Bytes stored, std::span<std::byte> out,
                  FilterScratch& scratch);

}  // namespace keratin::serialization::hdf5
