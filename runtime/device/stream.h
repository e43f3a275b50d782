// Stream: where a device's work is put in order. The null stream records what a GPU would be asked to do.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace keratin::device {

// One kernel launch: the entry's name, the grid, and the parameter struct's bytes.
struct Launch {
  const char* kernel;
  std::array<std::uint32_t, 3> grid = {1, 1, 1};
  std::array<std::uint32_t, 3> block = {1, 1, 1};
  std::uint32_t shared_bytes = 0;
};

// One call into a vendor library: the entry ("cublaslt.matmul") and the problem in words.
struct LibraryCall {
  const char* entry;
  std::string description;
};

class Stream {
 public:
  virtual ~Stream() = default;
  virtual void launch(const Launch& launch, std::span<const std::byte> parameters) = 0;
  // A call into a vendor library; parameters are the bytes of the entry's struct, pointers among them.
  virtual void library_call(const LibraryCall& call, std::span<const std::byte> parameters) = 0;
};

// Runs nothing and remembers everything: the null device's stream.
class NullStream final : public Stream {
 public:
  void launch(const Launch& launch, std::span<const std::byte> parameters) override;
  void library_call(const LibraryCall& call, std::span<const std::byte> parameters) override;
  std::vector<std::string> record;
};

}  // namespace keratin::device
