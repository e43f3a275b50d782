// Zip archives: a reader of the central directory and a deterministic writer of stored members.
// Used by .keras and .npz. Reading an archive is safe from several threads, writing one is not.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "serialization/bytes.h"

namespace keratin::serialization {

struct ZipMember {
  std::string name;
  std::uint64_t offset = 0;  // of the data
  std::uint64_t stored = 0;  // bytes in the archive
  std::uint64_t size = 0;    // bytes when unpacked
  std::uint32_t crc = 0;
  bool deflated = false;
};

class ZipArchive {
 public:
  // Reads and checks the whole directory; no member is read. Throws Error{corrupt_file, unsupported}.
  explicit ZipArchive(SourcePtr source);

  const std::vector<ZipMember>& members() const { return members_; }  // in directory order, no folders
  const ZipMember* find(std::string_view name) const;

  // A stored member in place, its CRC unchecked until verify(); a deflated one inflated and checked.
  SourcePtr open(const ZipMember& member) const;
  // Reads the member and compares its CRC-32. Throws Error{corrupt_file}.
  void verify(const ZipMember& member) const;
  // Both at once, for small members.
  std::string text(const ZipMember& member) const;

 private:
  SourcePtr source_;
  std::vector<ZipMember> members_;
};

// True when the source starts with a zip member (or is an empty archive).
bool is_zip(const ByteSource& source);

class ZipWriter {
 public:
  explicit ZipWriter(ByteSink& sink) : sink_(sink) {}

  // content writes the member's bytes; they start at a multiple of 64.
  void add(const std::string& name, const std::function<void(ByteSink&)>& content);
  void add(const std::string& name, std::span<const std::byte> bytes);
  void add(const std::string& name, std::string_view text);
  void finish();  // writes the directory

 private:
  struct Entry {
    std::string name;
    std::uint64_t header = 0, size = 0;
    std::uint32_t crc = 0;
  };
  ByteSink& sink_;
  std::vector<Entry> entries_;
};

}  // namespace keratin::serialization
