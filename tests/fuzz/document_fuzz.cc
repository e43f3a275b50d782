// read_document: any bytes at all, through the recognition of formats.
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace keratin;
  const auto source = fuzz::source_of(data, size);
  fuzz::expect_value_or_error(
      [&] { fuzz::read_everything(serialization::read_document("none/input", source)); });
  return 0;
}
