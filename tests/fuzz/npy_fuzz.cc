// read_npy and read_npz: what is read writes to bytes that read back as the same.
#include <cstring>

#include "serialization/npy.h"
#include "serialization/zip/zip.h"
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace keratin;
  const auto source = fuzz::source_of(data, size);
  fuzz::expect_value_or_error([&] {
    if (serialization::is_zip(*source)) {
      serialization::read_npz(source);
      return;
    }
    const Tensor tensor = serialization::read_npy(*source);
    serialization::MemorySink sink;
    serialization::write_npy(tensor, sink);
    const Tensor again = serialization::read_npy(*serialization::memory_source("again", sink.take()));
    if (again.shape() != tensor.shape() || again.dtype() != tensor.dtype()) std::abort();
    if (tensor.bytes() && std::memcmp(again.raw(), tensor.raw(), tensor.bytes()) != 0) std::abort();
  });
  return 0;
}
