#include "serialization/hdf5/write_text.h"

#include <algorithm>

#include "runtime/core/error.h"
#include "serialization/hdf5/write_messages.h"
#include "serialization/little_endian.h"

namespace keratin::serialization::hdf5 {
namespace {

constexpr std::uint64_t head = 16, object_head = 16;
constexpr std::uint64_t smallest = 4096;  // of a collection, says libhdf5
constexpr std::uint64_t full = 64 << 10;  // then the next one begins; one large text may go beyond

std::uint64_t padded(std::uint64_t size) { return (size + 7) / 8 * 8; }

}  // namespace

void TextHeap::place(WriteAttribute& attribute) {
  if (attribute.text.empty()) return;  // a null reference
  check(attribute.text.size() <= UINT32_MAX, ErrorCode::invalid_argument, "attribute \"", attribute.name,
        "\" is longer than 4 GiB");
  if (collections_.empty() || collections_.back().used >= full) {
    finish();
    collections_.push_back({{}, head});
  }
  Collection& c = collections_.back();
  c.texts.push_back(&attribute.text);
  c.used += object_head + padded(attribute.text.size());
  attribute.collection = address_;
  attribute.index = static_cast<std::uint32_t>(c.texts.size());
}

std::uint64_t TextHeap::finish() {
  if (!collections_.empty() && collections_.back().size == 0) {
    Collection& c = collections_.back();
    c.size = std::max(smallest, c.used);
    address_ += c.size;
  }
  return address_;
}

void TextHeap::append(Image& out) const {
  for (const Collection& c : collections_) {
    const std::size_t start = out.size();
    for (const char letter : {'G', 'C', 'O', 'L', '\1', '\0', '\0', '\0'}) append_le<char>(out, letter);
    append_le<std::uint64_t>(out, c.size);
    for (std::size_t i = 0; i < c.texts.size(); ++i) {
      append_le<std::uint16_t>(out, static_cast<std::uint16_t>(i + 1));
      append_le<std::uint16_t>(out, 1);  // references
      append_le<std::uint32_t>(out, 0);
      append_le<std::uint64_t>(out, c.texts[i]->size());
      const auto bytes = std::as_bytes(std::span(*c.texts[i]));
      out.insert(out.end(), bytes.begin(), bytes.end());
      pad8(out);
    }
    const std::uint64_t free = c.size - c.used;
    if (free >= object_head) {
      append_le<std::uint64_t>(out, 0);  // object 0 is the free space
      append_le<std::uint64_t>(out, free);
    }
    out.resize(start + c.size);
  }
}

}  // namespace keratin::serialization::hdf5
