// parse_json: what is read prints to a text that reads back as the same.
#include "serialization/json/json.h"
#include "tests/fuzz/expect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace keratin::serialization;
  keratin::fuzz::expect_value_or_error([&] {
    const Json value = parse_json({reinterpret_cast<const char*>(data), size}, "input");
    const std::string text = print_json(value);
    if (print_json(parse_json(text, "again")) != text) std::abort();
    if (parse_json(print_json(value, 2), "again").kind() != value.kind()) std::abort();
  });
  return 0;
}
