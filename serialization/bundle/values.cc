// What is stored for one tensor: its checksum, and the layout of string tensors
// (lengths as varints, a checksum of the lengths, the bytes of all elements).
#include <algorithm>
#include <array>
#include <cstring>

#include "runtime/core/error.h"
#include "runtime/core/shape.h"
#include "serialization/bundle/bundle.h"
#include "serialization/bundle/varint.h"
#include "serialization/crc32c.h"

namespace keratin::serialization::bundle {
namespace {

using Bytes = std::span<const std::byte>;

std::string describe(const std::string& key, const TensorEntry& entry) {
  return cat(entry.source->name(), ": tensor \"", printable(key), "\"");
}

void check_sum(std::uint32_t crc, std::uint32_t masked, const std::string& where) {
  check(mask_crc32c(crc) == masked, ErrorCode::corrupt_file, where, ": the checksum is ", mask_crc32c(crc),
        ", the index says ", masked, "; the file is damaged");
}

// Lengths are hashed as 32-bit numbers, as 64-bit ones only where they need it.
std::uint32_t hash_length(std::uint64_t length, std::uint32_t crc) {
  const auto small = static_cast<std::uint32_t>(length);
  if (small == length) return crc32c(std::as_bytes(std::span(&small, 1)), crc);
  return crc32c(std::as_bytes(std::span(&length, 1)), crc);
}

struct StringTensor {
  std::vector<std::byte> stored;
  std::vector<std::uint64_t> lengths;
  std::size_t data = 0;        // where the elements start
  std::uint32_t checksum = 0;  // of everything, as an entry of the index holds it
};

StringTensor read_stored(const std::string& where, const TensorEntry& entry) {
  StringTensor tensor;
  tensor.stored.resize(entry.bytes);
  entry.source->read(entry.offset, tensor.stored);
  const auto elements = static_cast<std::uint64_t>(element_count(entry.shape));
  check(elements <= entry.bytes, ErrorCode::corrupt_file, where, ": ", elements, " strings in ", entry.bytes,
        " bytes");
  std::size_t at = 0;
  std::uint64_t total = 0;
  for (std::uint64_t i = 0; i < elements; ++i) {
    const auto length = read_varint(tensor.stored, at);
    check(length && *length <= entry.bytes, ErrorCode::corrupt_file, where, ": string ", i,
          " has no proper length");
    tensor.lengths.push_back(*length);
    tensor.checksum = hash_length(*length, tensor.checksum);
    total += *length;
  }
  const std::size_t rest = tensor.stored.size() - at;
  check(rest >= 4 && total == rest - 4, ErrorCode::corrupt_file, where, ": its strings need ", total,
        " bytes, but ", rest, " follow their lengths");
  std::uint32_t lengths_checksum = 0;
  std::memcpy(&lengths_checksum, tensor.stored.data() + at, 4);
  check_sum(tensor.checksum, lengths_checksum, where + " (lengths)");
  tensor.checksum = crc32c(Bytes(tensor.stored).subspan(at), tensor.checksum);
  tensor.data = at + 4;
  return tensor;
}

}  // namespace

void verify(const std::string& key, const TensorEntry& entry, std::uint32_t masked) {
  const std::string where = describe(key, entry);
  if (entry.dtype == DType::string) return check_sum(read_stored(where, entry).checksum, masked, where);
  std::vector<std::byte> buffer(std::min<std::uint64_t>(entry.bytes, std::uint64_t{1} << 20));
  std::uint32_t crc = 0;
  for (std::uint64_t done = 0; done < entry.bytes;) {
    const std::span part =
        std::span(buffer).first(std::min<std::uint64_t>(buffer.size(), entry.bytes - done));
    entry.source->read(entry.offset + done, part);
    crc = crc32c(part, crc);
    done += part.size();
  }
  check_sum(crc, masked, where);
}

std::vector<std::string> read_strings(const std::string& key, const TensorEntry& entry) {
  const std::string where = describe(key, entry);
  check(entry.dtype == DType::string, ErrorCode::corrupt_file, where, ": holds ", name_of(entry.dtype),
        ", expected strings");
  const StringTensor tensor = read_stored(where, entry);
  std::vector<std::string> strings;
  const char* next = reinterpret_cast<const char*>(tensor.stored.data()) + tensor.data;
  for (const std::uint64_t length : tensor.lengths) {
    strings.emplace_back(next, length);
    next += length;
  }
  return strings;
}

}  // namespace keratin::serialization::bundle
