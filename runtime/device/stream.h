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

class Stream {
 public:
  virtual ~Stream() = default;
  virtual void launch(const Launch& launch, std::span<const std::byte> parameters) = 0;
  // A call into a vendor library ("cudnn convolution f32 …"), described in words.
  virtual void library_call(const std::string& description) = 0;
};

// Runs nothing and remembers everything: the null device's stream.
class NullStream final : public Stream {
 public:
  void launch(const Launch& launch, std::span<const std::byte> parameters) override;
  void library_call(const std::string& description) override { record.push_back(description); }
  std::vector<std::string> record;
};

}  // namespace keratin::device
