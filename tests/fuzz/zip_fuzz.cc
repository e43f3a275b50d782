// ZipArchive: every member that is listed opens or is damaged.
#include "serialization/zip/zip.h"
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace keratin;
  fuzz::expect_value_or_error([&] {
    const serialization::ZipArchive zip(fuzz::source_of(data, size));
    for (const serialization::ZipMember& member : zip.members()) {
      fuzz::expect_value_or_error([&] { zip.verify(member); });
      fuzz::expect_value_or_error([&] { zip.text(member); });
    }
  });
  return 0;
}
