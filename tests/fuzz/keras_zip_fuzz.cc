// A sound zip around hostile members: the input is cut at each "\n--\n" into config, metadata and weights.
#include <string_view>

#include "serialization/zip/zip.h"
#include "tests/fuzz/expect.h"

namespace {

std::string_view next_part(std::string_view& rest) {
  constexpr std::string_view mark = "\n--\n";
  const std::size_t end = std::min(rest.find(mark), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + mark.size(), rest.size()));
  return part;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace keratin;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  serialization::MemorySink sink;
  serialization::ZipWriter zip(sink);
  zip.add("config.json", next_part(rest));
  zip.add("metadata.json", next_part(rest));
  zip.add("model.weights.h5", rest);
  zip.finish();
  const auto source = serialization::memory_source("input", sink.take());
  fuzz::expect_value_or_error([&] { fuzz::read_everything(serialization::read_document("input", source)); });
  return 0;
}
