#include "serialization/bundle/table.h"

#include <cstdint>
#include <cstring>

#include "runtime/core/error.h"
#include "serialization/bundle/varint.h"
#include "serialization/crc32c.h"

namespace keratin::serialization::bundle {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t footer_size = 48;  // two handles, zeros, magic
constexpr std::size_t trailer_size = 5;  // type byte and checksum after each block
constexpr std::uint64_t magic = 0xdb4775248b80fb57u;
constexpr std::size_t longest_key = 64 * 1024;

struct Handle {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

template <class T>
T load(Bytes bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

class Table {
 public:
  Table(Bytes file, const std::string& name)
      : file_(file), name_(name), work_left_(64 * file.size() + 1'000'000) {}

  void read(const Row& row) {
    check(file_.size() >= footer_size && load<std::uint64_t>(file_, file_.size() - 8) == magic,
          ErrorCode::corrupt_file, name_,
          ": no checkpoint index (its last 8 bytes are not a table's); the file is ",
          "truncated or something else");
    const Bytes footer = file_.last(footer_size);
    std::size_t at = 0;
    block(
        read_handle(footer, at));  // the metaindex, empty in every checkpoint: only its checksum is looked at
    const Handle index = read_handle(footer, at);
    std::string last;
    bool first = true;
    std::uint64_t end = 0;
    entries(block(index), [&](std::string_view, Bytes value) {
      std::size_t offset = 0;
      const Handle data = read_handle(value, offset);
      bad_unless(data.offset >= end, "two blocks overlap");
      const Bytes bytes = block(data);
      end = data.offset + data.size + trailer_size;
      entries(bytes, [&](std::string_view key, Bytes entry) {
        bad_unless(first || key > last, "keys are not in order");
        first = false;
        last = key;
        row(key, entry);
      });
    });
  }

 private:
  void bad_unless(bool good, const char* what) const {
    check(good, ErrorCode::corrupt_file, name_, ": ", what, "; the checkpoint index is damaged");
  }

  Handle read_handle(Bytes bytes, std::size_t& at) const {
    const auto offset = read_varint(bytes, at);
    const auto size = read_varint(bytes, at);
    bad_unless(offset && size, "a block's place can't be read");
    return {*offset, *size};
  }

  // A block's bytes, without trailer, its checksum verified.
  Bytes block(const Handle& handle) const {
    const std::uint64_t room = file_.size() - footer_size;
    bad_unless(
        handle.size <= room && handle.offset <= room && handle.size + trailer_size <= room - handle.offset,
        "a block lies outside of the file");
    const Bytes stored = file_.subspan(handle.offset, handle.size + 1);
    const auto checksum = load<std::uint32_t>(file_, handle.offset + handle.size + 1);
    bad_unless(mask_crc32c(crc32c(stored)) == checksum, "the checksum of a block is wrong");
    check(stored.back() == std::byte{0}, ErrorCode::unsupported, name_, ": a block is compressed (type ",
          std::to_integer<int>(stored.back()), "); TensorFlow writes plain blocks, and only these are read");
    return stored.first(handle.size);
  }

  template <class Visit>
  void entries(Bytes block, const Visit& visit) {
    bad_unless(block.size() >= 4, "a block is too short");
    const std::uint64_t restarts = load<std::uint32_t>(block, block.size() - 4);
    bad_unless(restarts <= (block.size() - 4) / 4, "a block is too short for its restart points");
    const Bytes bytes = block.first(block.size() - 4 - 4 * restarts);
    std::string key;
    for (std::size_t at = 0; at < bytes.size();) {
      const auto shared = read_varint(bytes, at);
      const auto fresh = read_varint(bytes, at);
      const auto size = read_varint(bytes, at);
      bad_unless(shared && fresh && size && *shared <= key.size() && *fresh <= bytes.size() - at &&
                     *size <= bytes.size() - at - *fresh,
                 "an entry does not fit its block");
      bad_unless(*shared + *fresh <= longest_key, "a key is longer than 64 KiB");
      bad_unless(*shared + *fresh <= work_left_, "keys share more than the file can hold (work limit)");
      work_left_ -= *shared + *fresh;
      key.resize(*shared);
      key.append(reinterpret_cast<const char*>(bytes.data()) + at, *fresh);
      at += *fresh;
      visit(key, bytes.subspan(at, *size));
      at += *size;
    }
  }

  Bytes file_;
  const std::string& name_;
  std::uint64_t work_left_;  // bytes of keys that may still be put together
};

}  // namespace

void read_table(std::span<const std::byte> file, const std::string& name, const Row& row) {
  Table(file, name).read(row);
}

}  // namespace keratin::serialization::bundle
