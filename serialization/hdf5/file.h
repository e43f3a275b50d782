// File: an HDF5 file as addresses; Block and Cursor: its bytes, never read past their end.
// Used by every part of the reader. One File serves one thread; copy it for another.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/core/error.h"
#include "serialization/bytes.h"

namespace keratin::serialization::hdf5 {

constexpr std::uint64_t undefined_address = ~std::uint64_t{0};

using Bytes = std::span<const std::byte>;

// Bytes of the file at an address. owner keeps them alive when they are a copy.
struct Block {
  Bytes bytes;
  std::uint64_t address = 0;
  std::shared_ptr<const void> owner;
};

// How many bytes addresses and lengths take in this file.
struct Widths {
  std::uint8_t offset = 8;
  std::uint8_t length = 8;
};

// Reads little-endian fields one after another. what names the structure in errors.
class Cursor {
 public:
  Cursor(Block block, Widths widths, const char* what)
      : block_(std::move(block)), widths_(widths), what_(what) {}

  std::uint64_t unsigned_of(std::size_t width) {
    const Bytes raw = take(width);
    std::uint64_t value = 0;
    for (std::size_t i = width; i-- > 0;) value = value << 8 | static_cast<std::uint64_t>(raw[i]);
    return value;
  }
  std::uint8_t u8() { return static_cast<std::uint8_t>(take(1)[0]); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(unsigned_of(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(unsigned_of(4)); }
  std::uint64_t length() { return unsigned_of(widths_.length); }
  std::uint64_t address() {
    const std::uint64_t value = unsigned_of(widths_.offset);
    const std::uint64_t none = undefined_address >> (64 - 8 * widths_.offset);
    return value == none ? undefined_address : value;
  }
  void skip(std::uint64_t count) { take(count); }
  // The next count bytes, in place.
  Bytes take(std::uint64_t count) {
    if (count > remaining()) [[unlikely]]
      ends_early();
    const Bytes out = block_.bytes.subspan(at_, count);
    at_ += count;
    return out;
  }
  // The next count bytes as a block of their own.
  Block block(std::uint64_t count) {
    const std::uint64_t address = block_.address + at_;
    return {take(count), address, block_.owner};
  }
  Block rest() { return block(remaining()); }
  std::string_view text(std::uint64_t count) {
    const Bytes raw = take(count);
    return {reinterpret_cast<const char*>(raw.data()), raw.size()};
  }
  void expect(std::string_view signature) {
    if (text(signature.size()) != signature) [[unlikely]]
      wrong_signature(signature);
  }
  // Skips the padding that follows count bytes in fields of eight.
  void pad8(std::uint64_t count) { skip((8 - count % 8) % 8); }

  std::uint64_t remaining() const { return block_.bytes.size() - at_; }
  std::uint64_t position() const { return at_; }
  // Where in the file the next byte lies.
  std::uint64_t here() const { return block_.address + at_; }
  Widths widths() const { return widths_; }
  const char* what() const { return what_; }
  [[noreturn]] void damaged(std::string_view found) const;
  [[noreturn]] void unsupported(std::string_view found) const;

 private:
  [[noreturn]] void ends_early() const;
  [[noreturn]] void wrong_signature(std::string_view expected) const;

  Block block_;
  std::uint64_t at_ = 0;
  Widths widths_;
  const char* what_;
};

class File {
 public:
  // Finds and reads the superblock. Throws Error{corrupt_file, unsupported}.
  explicit File(SourcePtr source);
  // The same file with caches and work counters of its own; reads only, for a view may have been given back.
  File(const File& other);
  File& operator=(const File&) = delete;

  // size bytes at address. Throws Error{corrupt_file} when the file does not hold them.
  Block block(std::uint64_t address, std::uint64_t size, const char* what) const;
  Cursor cursor(std::uint64_t address, std::uint64_t size, const char* what) const {
    return {block(address, size, what), widths_, what};
  }
  // As much of size as the file holds, for structures whose length is known only from within.
  Cursor cursor_up_to(std::uint64_t address, std::uint64_t size, const char* what) const;
  Cursor cursor(Block block, const char* what) const { return {std::move(block), widths_, what}; }

  // Throws Error{corrupt_file} unless the file holds size bytes at address.
  void require(std::uint64_t address, std::uint64_t size, const char* what) const;
  // Bytes that the caller keeps because the file asked for them; bounded by the file's length.
  void spend(std::uint64_t bytes) const;

  const SourcePtr& source() const { return source_; }
  std::uint64_t base() const { return base_; }            // where address 0 lies in the source
  std::uint64_t size() const { return size_; }            // bytes behind base
  std::uint64_t root() const { return root_; }            // object header of the root group
  std::uint64_t extension() const { return extension_; }  // of the superblock, or undefined_address
  Widths widths() const { return widths_; }

 private:
  struct Page {
    std::uint64_t number = undefined_address;
    std::shared_ptr<std::vector<std::byte>> bytes;
  };
  void read_superblock();
  void read_old_superblock(std::uint8_t version, Cursor in);
  void read_new_superblock(Block block, Cursor in);
  void set_widths(std::uint8_t offset, std::uint8_t length);
  void check_end(std::uint64_t stored_base, std::uint64_t stored_end);
  void work(std::uint64_t steps) const;
  const std::shared_ptr<std::vector<std::byte>>& page(std::uint64_t number) const;

  SourcePtr source_;
  Bytes whole_;  // everything behind base, when the source is in memory
  std::uint64_t base_ = 0, size_ = 0, root_ = undefined_address, extension_ = undefined_address;
  Widths widths_;
  mutable std::uint64_t worked_ = 0, spent_ = 0;
  mutable std::vector<Page> pages_;
};

}  // namespace keratin::serialization::hdf5
