// Everything is checked before anything is inflated: names, methods, ranges, agreement of both headers.
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <unordered_set>

#include "runtime/core/error.h"
#include "serialization/inflate/inflate.h"
#include "serialization/little_endian.h"
#include "serialization/zip/zip.h"

namespace keratin::serialization {
namespace {

constexpr std::uint32_t local_signature = 0x04034b50, central_signature = 0x02014b50,
                        end_signature = 0x06054b50, end64_signature = 0x06064b50,
                        locator_signature = 0x07064b50;
constexpr std::size_t local_size = 30, central_size = 46, end_size = 22, end64_size = 56, locator_size = 20;
constexpr std::uint64_t most_members = 65535;
constexpr std::uint64_t longest_directory = std::uint64_t{64} << 20;
constexpr std::uint32_t in_zip64 = 0xffffffff;

struct Directory {
  std::uint64_t offset = 0, size = 0, members = 0;
  std::uint64_t end = 0;  // no member reaches beyond
};

[[noreturn]] void damaged(const ByteSource& source, const std::string& what) {
  fail(ErrorCode::corrupt_file, source.name(), ": zip archive: ", what);
}

std::vector<std::byte> bytes_at(const ByteSource& source, std::uint64_t offset, std::uint64_t size) {
  if (offset > source.size() || size > source.size() - offset)
    damaged(source, cat("its directory points past the end of the file (byte ", offset, " of ", source.size(),
                        "): the file is truncated or damaged"));
  std::vector<std::byte> bytes(size);
  source.read(offset, bytes);
  return bytes;
}

// The zip64 end record, when a locator stands in front of the plain one.
std::optional<Directory> find_directory64(const ByteSource& source, std::uint64_t end) {
  if (end < locator_size) return std::nullopt;
  const auto locator = bytes_at(source, end - locator_size, locator_size);
  if (load_le<std::uint32_t>(locator, 0) != locator_signature) return std::nullopt;
  const auto offset = load_le<std::uint64_t>(locator, 8);
  const auto record = bytes_at(source, offset, end64_size);
  if (load_le<std::uint32_t>(record, 0) != end64_signature) damaged(source, "its zip64 record is missing");
  return Directory{load_le<std::uint64_t>(record, 48), load_le<std::uint64_t>(record, 40),
                   load_le<std::uint64_t>(record, 32), offset};
}

Directory find_directory(const ByteSource& source) {
  const std::uint64_t size = source.size();
  const std::uint64_t tail_size = std::min<std::uint64_t>(size, end_size + 65535);
  const auto tail = bytes_at(source, size - tail_size, tail_size);
  for (std::uint64_t at = tail_size; at-- > 0;) {
    if (tail_size - at < end_size || load_le<std::uint32_t>(tail, at) != end_signature) continue;
    if (at + end_size + load_le<std::uint16_t>(tail, at + 20) != tail_size)
      continue;  // the comment ends the file
    const std::uint64_t end = size - tail_size + at;
    Directory found{load_le<std::uint32_t>(tail, at + 16), load_le<std::uint32_t>(tail, at + 12),
                    load_le<std::uint16_t>(tail, at + 10), end};
    if (load_le<std::uint16_t>(tail, at + 4) != 0 || load_le<std::uint16_t>(tail, at + 8) != found.members)
      damaged(source, "it is one part of several; join the parts first");
    if (const auto large = find_directory64(source, end)) found = *large;
    if (found.offset > found.end || found.size > found.end - found.offset)
      damaged(source, "its directory lies outside of the file");
    return found;
  }
  damaged(source, "its directory is missing: the file is truncated or incomplete");
}

void check_name(const ByteSource& source, const std::string& name) {
  const auto refuse = [&](const char* why) {
    damaged(source,
            cat("member \"", printable(name), "\": the name ", why, "; only plain relative names are read"));
  };
  if (name.empty() || name.size() > 4096) refuse("is empty or longer than 4096 bytes");
  if (name.find('\0') != std::string::npos) refuse("holds a NUL byte");
  if (name.find('\\') != std::string::npos) refuse("holds a backslash");
  const bool drive = name.size() > 2 && name[1] == ':' && name[2] == '/';  // "x:image" is an array's name
  if (name.front() == '/' || drive) refuse("is absolute");
  for (std::size_t start = 0; start < name.size();) {
    const std::size_t slash = std::min(name.find('/', start), name.size());
    const std::string_view part = std::string_view(name).substr(start, slash - start);
    if (part.empty() || part == "." || part == "..") refuse("has an empty, \".\" or \"..\" part");
    start = slash + 1;
  }
}

// One row of the directory, and where the next one starts.
struct Row {
  ZipMember member;
  std::uint16_t flags = 0, method = 0;
  std::uint64_t header = 0;
  bool folder = false;
  std::size_t next = 0;
};

// Sizes of 4 GiB and more stand in the zip64 extra field, in this order, each only where needed.
void read_zip64(const ByteSource& source, std::span<const std::byte> extra, Row& row) {
  std::array<std::uint64_t*, 3> wanted = {&row.member.size, &row.member.stored, &row.header};
  if (std::none_of(wanted.begin(), wanted.end(), [](auto* v) { return *v == in_zip64; })) return;
  for (std::size_t at = 0; at + 4 <= extra.size();) {
    const auto id = load_le<std::uint16_t>(extra, at), size = load_le<std::uint16_t>(extra, at + 2);
    at += 4;
    if (size > extra.size() - at) break;
    if (id == 1) {
      std::size_t field = at;
      for (std::uint64_t* value : wanted) {
        if (*value != in_zip64) continue;
        if (field + 8 > at + size) damaged(source, "a zip64 field is too short");
        *value = load_le<std::uint64_t>(extra, field);
        field += 8;
      }
      return;
    }
    at += size;
  }
}

Row read_row(const ByteSource& source, std::span<const std::byte> directory, std::size_t at) {
  if (at + central_size > directory.size() || load_le<std::uint32_t>(directory, at) != central_signature)
    damaged(source, "its directory is shorter than it says");
  Row row;
  row.flags = load_le<std::uint16_t>(directory, at + 8);
  row.method = load_le<std::uint16_t>(directory, at + 10);
  row.member.crc = load_le<std::uint32_t>(directory, at + 16);
  row.member.stored = load_le<std::uint32_t>(directory, at + 20);
  row.member.size = load_le<std::uint32_t>(directory, at + 24);
  const std::size_t name_size = load_le<std::uint16_t>(directory, at + 28);
  const std::size_t extra_size = load_le<std::uint16_t>(directory, at + 30);
  const std::size_t comment_size = load_le<std::uint16_t>(directory, at + 32);
  const std::uint32_t mode = load_le<std::uint32_t>(directory, at + 38) >> 16;
  row.header = load_le<std::uint32_t>(directory, at + 42);
  row.next = at + central_size + name_size + extra_size + comment_size;
  if (row.next > directory.size()) damaged(source, "its directory is shorter than it says");
  row.member.name.assign(reinterpret_cast<const char*>(directory.data()) + at + central_size, name_size);
  read_zip64(source, directory.subspan(at + central_size + name_size, extra_size), row);

  check_name(source, row.member.name);
  row.folder = row.member.name.back() == '/';
  const bool unix_made = load_le<std::uint16_t>(directory, at + 4) >> 8 == 3;
  const std::uint32_t kind = mode & 0170000;
  if (unix_made && kind != 0 && kind != 0100000 && !(row.folder && kind == 0040000))
    damaged(source,
            cat("member \"", row.member.name, "\" is a symbolic link or device; only files are read"));
  return row;
}

void check_row(const ByteSource& source, const Row& row) {
  const ZipMember& m = row.member;
  const std::string name = cat(source.name(), ": member \"", m.name, "\": ");
  check((row.flags & 0x2041) == 0, ErrorCode::unsupported, name,
        "it is encrypted; decrypt the archive first");
  check(row.method == 0 || row.method == 8, ErrorCode::unsupported, name, "compression method ", row.method,
        " is not read; stored and deflated members are");
  if (row.method == 0)
    check(m.stored == m.size, ErrorCode::corrupt_file, name, "a stored member has two sizes, ", m.stored,
          " and ", m.size, " bytes");
  else
    check(m.size <= 64 || (m.size - 64) / inflate_ratio <= m.stored, ErrorCode::corrupt_file, name, m.size,
          " bytes can't come out of ", m.stored, " compressed ones; the file is damaged or hostile");
}

// Finds the data behind the local header, which must tell the same as the directory.
std::uint64_t locate(const ByteSource& source, Row& row, std::uint64_t limit) {
  const std::string where = cat("member \"", row.member.name, "\": ");
  if (row.header > limit || local_size > limit - row.header)
    damaged(source, where + "it lies outside of the file");
  std::array<std::byte, local_size> header;
  source.read(row.header, header);
  const std::span<const std::byte> h(header);
  if (load_le<std::uint32_t>(h, 0) != local_signature) damaged(source, where + "its header is missing");
  const std::uint64_t name_size = load_le<std::uint16_t>(h, 26), extra_size = load_le<std::uint16_t>(h, 28);
  const std::uint64_t data = row.header + local_size + name_size + extra_size;
  if (data > limit || row.member.stored > limit - data)
    damaged(source, where + "its data lie outside of the file: the file is truncated or damaged");
  std::string name(name_size, '\0');
  source.read(row.header + local_size, std::as_writable_bytes(std::span(name)));
  const bool streamed = (load_le<std::uint16_t>(h, 6) & 8) != 0;  // sizes follow the data then
  const auto agrees = [&](std::size_t at, std::uint64_t value) {
    const auto local = load_le<std::uint32_t>(h, at);
    return local == value || local == in_zip64 || (streamed && local == 0);
  };
  if (name != row.member.name || load_le<std::uint16_t>(h, 8) != row.method ||
      !(load_le<std::uint32_t>(h, 14) == row.member.crc ||
        (streamed && load_le<std::uint32_t>(h, 14) == 0)) ||
      !agrees(18, row.member.stored) || !agrees(22, row.member.size))
    damaged(source, where + "its header and the directory disagree; the file is damaged or hostile");
  return data;
}

void check_crc([[maybe_unused]] const std::string& name, [[maybe_unused]] std::uint32_t found,
               [[maybe_unused]] std::uint32_t expected) {
#ifndef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION  // a fuzzer can't guess checksums
  check(found == expected, ErrorCode::corrupt_file, name, ": its CRC-32 is ", std::hex, found,
        ", the archive says ", expected, "; the file is damaged");
#endif
}

// All of these mapped bytes are about to be read: their pages at once cost half of what faults do.
void map_pages([[maybe_unused]] const std::byte* bytes, [[maybe_unused]] std::uint64_t size) {
#ifdef MADV_POPULATE_READ
  constexpr std::uintptr_t page = 4096;  // where pages are larger, the call refuses and faults do it
  const std::uintptr_t at = reinterpret_cast<std::uintptr_t>(bytes), begin = at / page * page;
  ::madvise(reinterpret_cast<void*>(begin), at + size - begin, MADV_POPULATE_READ);
#endif
}

}  // namespace

bool is_zip(const ByteSource& source) {
  if (source.size() < end_size) return false;
  std::array<std::byte, 4> start;
  source.read(0, start);
  const auto signature = load_le<std::uint32_t>(start, 0);
  return signature == local_signature || signature == end_signature;
}

ZipArchive::ZipArchive(SourcePtr source) : source_(std::move(source)) {
  const Directory directory = find_directory(*source_);
  if (directory.members > most_members) damaged(*source_, "it has more than 65535 members");
  if (directory.size > longest_directory) damaged(*source_, "its directory is longer than 64 MiB");
  const auto bytes = bytes_at(*source_, directory.offset, directory.size);
  std::unordered_set<std::string> names;
  std::map<std::uint64_t, std::uint64_t> ranges;  // start of header -> end of data
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < directory.members; ++i) {
    Row row = read_row(*source_, bytes, at);
    at = row.next;
    check_row(*source_, row);
    if (!names.insert(row.member.name).second)
      damaged(*source_,
              cat("two members are called \"", row.member.name, "\"; the file is hostile or damaged"));
    row.member.offset = locate(*source_, row, directory.offset);
    row.member.deflated = row.method == 8;
    if (!ranges.emplace(row.header, row.member.offset + row.member.stored).second)
      damaged(*source_, "two members share their bytes; the file is damaged or hostile");
    if (!row.folder) members_.push_back(std::move(row.member));
  }
  std::uint64_t end = 0;
  for (const auto& [start, stop] : ranges) {
    if (start < end) damaged(*source_, "members overlap; the file is damaged or hostile");
    end = stop;
  }
}

const ZipMember* ZipArchive::find(std::string_view name) const {
  const auto found =
      std::find_if(members_.begin(), members_.end(), [&](const auto& m) { return m.name == name; });
  return found == members_.end() ? nullptr : &*found;
}

SourcePtr ZipArchive::open(const ZipMember& member) const {
  const std::string name = source_->name() + ":" + member.name;
  SourcePtr packed = sub_range(source_, name, member.offset, member.stored);
  if (!member.deflated) return packed;
  std::vector<std::byte> out(member.size);
  inflate(read_all(*packed), out, Wrapping::raw, name);
  check_crc(name, crc32(out), member.crc);
  return memory_source(name, std::move(out));
}

void ZipArchive::verify(const ZipMember& member) const {
  if (member.deflated) {
    open(member);
    return;
  }
  const std::string where = source_->name() + ":" + member.name;
  if (const auto bytes = source_->lend(member.offset, member.size)) {
    map_pages(bytes.get(), member.size);
    return check_crc(where, crc32({bytes.get(), member.size}), member.crc);
  }
  std::vector<std::byte> piece(std::min<std::uint64_t>(member.size, std::uint64_t{1} << 20));
  std::uint32_t sum = 0;
  for (std::uint64_t at = 0; at < member.size; at += piece.size()) {
    const auto part = std::span(piece).first(std::min<std::uint64_t>(piece.size(), member.size - at));
    source_->read(member.offset + at, part);
    sum = crc32(part, sum);
  }
  check_crc(where, sum, member.crc);
}

std::string ZipArchive::text(const ZipMember& member) const {
  if (!member.deflated) verify(member);
  return read_text(*open(member));
}

}  // namespace keratin::serialization
