// Sizes in memory that is handed out in pieces: each piece begins at a cache line, the widest vector's
// alignment.
#pragma once

#include <cstddef>

namespace keratin {

constexpr std::size_t cache_line = 64;
constexpr std::size_t aligned(std::size_t bytes) {
  return (bytes + cache_line - 1) / cache_line * cache_line;
}

}  // namespace keratin
