// libFuzzer: any bytes as an HDF5 file: directory and values, in place and through the page cache.
#include <algorithm>
#include <cstdlib>

#include "serialization/hdf5/hdf5.h"

namespace {

using namespace keratin;
using namespace keratin::serialization;

class WithoutView : public ByteSource {
 public:
  explicit WithoutView(SourcePtr inner) : inner_(std::move(inner)) {}
  const std::string& name() const override { return inner_->name(); }
  std::uint64_t size() const override { return inner_->size(); }
  void read(std::uint64_t offset, std::span<std::byte> out) const override { inner_->read(offset, out); }

 private:
  SourcePtr inner_;
};

// Every value is read; their sum keeps the compiler from leaving it out. What is too large is only started.
unsigned try_all(SourcePtr source) {
  unsigned sum = 0;
  try {
    const TensorDirectory directory = read_hdf5(source);
    std::uint64_t left = 8 << 20;
    for (const auto& [path, entry] : directory.tensors) {
      if (entry.bytes > left) continue;
      left -= entry.bytes;
      std::vector<std::byte> values(entry.bytes);
      try {
        if (entry.decode)
          entry.decode(values);
        else if (!values.empty())
          entry.source->read(entry.offset, values);
        for (const std::byte b : values) sum += static_cast<unsigned>(b);
      } catch (const Error& e) {
        if (e.code() == ErrorCode::internal) std::abort();
      }
    }
    sum += directory.text.size() + directory.refused.size();
  } catch (const Error& e) {
    if (e.code() == ErrorCode::internal) std::abort();
  }
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto* first = reinterpret_cast<const std::byte*>(data);
  const SourcePtr source = memory_source("fuzz.h5", {first, first + size});
  const unsigned in_place = try_all(source);
  if (try_all(std::make_shared<WithoutView>(source)) != in_place) std::abort();  // both ways see the same
  return 0;
}
