#include "runtime/core/error.h"
#include "runtime/device/stream.h"

namespace keratin::device {

void NullStream::launch(const Launch& launch, std::span<const std::byte> parameters) {
  record.push_back(cat("launch ", launch.kernel, " grid ", launch.grid[0], "x", launch.grid[1], "x",
                       launch.grid[2], " block ", launch.block[0], "x", launch.block[1], "x", launch.block[2],
                       " shared ", launch.shared_bytes, " parameters ", parameters.size()));
}

void NullStream::library_call(const LibraryCall& call, std::span<const std::byte> parameters) {
  record.push_back(cat("library ", call.entry, " ", call.description, " parameters ", parameters.size()));
}

}  // namespace keratin::device
