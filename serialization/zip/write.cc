// Stored members with aligned data. Nothing depends on the clock or the machine: equal members, equal bytes.
#include <algorithm>

#include "runtime/core/error.h"
#include "serialization/inflate/inflate.h"
#include "serialization/little_endian.h"
#include "serialization/zip/zip.h"

namespace keratin::serialization {
namespace {

constexpr std::uint64_t alignment = 64;
constexpr std::uint64_t limit32 = 0xffffffff;
constexpr std::uint16_t padding_id = 0xd935;     // the field that archive aligners use
constexpr std::uint16_t new_year_1980 = 0x0021;  // zip's earliest date
constexpr std::uint32_t plain_file = 0100644u << 16;

using Bytes = std::vector<std::byte>;

// The extra field in front of the data: padding, and the sizes where they need 64 bits.
// Both forms have the same length, so the choice can wait until the size is known.
Bytes local_extra(std::size_t length, std::uint64_t size) {
  Bytes extra;
  if (size >= limit32) {
    append_le<std::uint16_t>(extra, 1);
    append_le<std::uint16_t>(extra, 16);
    append_le<std::uint64_t>(extra, size);
    append_le<std::uint64_t>(extra, size);
  }
  append_le<std::uint16_t>(extra, padding_id);
  append_le<std::uint16_t>(extra, static_cast<std::uint16_t>(length - extra.size() - 2));
  append_le<std::uint16_t>(extra, alignment);
  extra.resize(length);
  return extra;
}

Bytes local_header(const std::string& name, std::size_t extra, std::uint64_t size, std::uint32_t crc) {
  const auto size32 = static_cast<std::uint32_t>(std::min(size, limit32));
  Bytes header;
  append_le<std::uint32_t>(header, 0x04034b50);
  append_le<std::uint16_t>(header, size >= limit32 ? 45 : 20);  // version needed
  append_le<std::uint16_t>(header, 0x0800);                     // the name is UTF-8
  append_le<std::uint16_t>(header, 0);                          // stored
  append_le<std::uint16_t>(header, 0);
  append_le<std::uint16_t>(header, new_year_1980);
  append_le<std::uint32_t>(header, crc);
  append_le<std::uint32_t>(header, size32);
  append_le<std::uint32_t>(header, size32);
  append_le<std::uint16_t>(header, static_cast<std::uint16_t>(name.size()));
  append_le<std::uint16_t>(header, static_cast<std::uint16_t>(extra));
  append_bytes(header, std::as_bytes(std::span(name)));
  append_bytes(header, local_extra(extra, size));
  return header;
}

Bytes central_header(const std::string& name, std::uint64_t offset, std::uint64_t size, std::uint32_t crc) {
  Bytes extra;
  if (size >= limit32) {
    append_le<std::uint64_t>(extra, size);
    append_le<std::uint64_t>(extra, size);
  }
  if (offset >= limit32) append_le<std::uint64_t>(extra, offset);
  const bool large = !extra.empty();
  const auto size32 = static_cast<std::uint32_t>(std::min(size, limit32));
  Bytes row;
  append_le<std::uint32_t>(row, 0x02014b50);
  append_le<std::uint16_t>(row, 3 << 8 | (large ? 45 : 20));  // made by: Unix
  append_le<std::uint16_t>(row, large ? 45 : 20);
  append_le<std::uint16_t>(row, 0x0800);
  append_le<std::uint16_t>(row, 0);
  append_le<std::uint16_t>(row, 0);
  append_le<std::uint16_t>(row, new_year_1980);
  append_le<std::uint32_t>(row, crc);
  append_le<std::uint32_t>(row, size32);
  append_le<std::uint32_t>(row, size32);
  append_le<std::uint16_t>(row, static_cast<std::uint16_t>(name.size()));
  append_le<std::uint16_t>(row, static_cast<std::uint16_t>(large ? extra.size() + 4 : 0));
  append_le<std::uint16_t>(row, 0);  // comment
  append_le<std::uint16_t>(row, 0);  // disk
  append_le<std::uint16_t>(row, 0);
  append_le<std::uint32_t>(row, plain_file);
  append_le<std::uint32_t>(row, static_cast<std::uint32_t>(std::min(offset, limit32)));
  append_bytes(row, std::as_bytes(std::span(name)));
  if (large) {
    append_le<std::uint16_t>(row, 1);
    append_le<std::uint16_t>(row, static_cast<std::uint16_t>(extra.size()));
    append_bytes(row, extra);
  }
  return row;
}

// Counts and sums what passes through; positions are those inside the member.
class MemberSink : public ByteSink {
 public:
  explicit MemberSink(ByteSink& sink) : sink_(sink), start_(sink.position()) {}
  void write(std::span<const std::byte> bytes) override {
    sum_ = crc32(bytes, sum_);
    sink_.write(bytes);
  }
  std::uint64_t position() const override { return sink_.position() - start_; }
  void patch(std::uint64_t, std::span<const std::byte>) override {
    assume(false, "a zip member is written once, front to back");
  }
  std::uint32_t sum() const { return sum_; }

 private:
  ByteSink& sink_;
  std::uint64_t start_;
  std::uint32_t sum_ = 0;
};

}  // namespace

void ZipWriter::add(const std::string& name, const std::function<void(ByteSink&)>& content) {
  check(!name.empty() && name.size() <= 4096, ErrorCode::invalid_argument, "a zip member is called \"", name,
        "\"; 1 to 4096 bytes were expected");
  for (const Entry& entry : entries_)
    check(entry.name != name, ErrorCode::invalid_argument, "two zip members would be called \"", name, "\"");
  constexpr std::size_t least_extra = 26;  // zip64 sizes (20) and an empty padding (6)
  const std::uint64_t header = sink_.position();
  const std::uint64_t unpadded = header + 30 + name.size() + least_extra;
  const std::size_t extra = least_extra + (alignment - unpadded % alignment) % alignment;
  sink_.write(local_header(name, extra, 0, 0));
  MemberSink member(sink_);
  content(member);
  const std::uint64_t size = member.position();
  sink_.patch(header, local_header(name, extra, size, member.sum()));
  entries_.push_back({name, header, size, member.sum()});
}

void ZipWriter::add(const std::string& name, std::span<const std::byte> bytes) {
  add(name, [&](ByteSink& sink) { sink.write(bytes); });
}

void ZipWriter::add(const std::string& name, std::string_view text) {
  add(name, std::as_bytes(std::span(text)));
}

void ZipWriter::finish() {
  const std::uint64_t start = sink_.position();
  for (const Entry& e : entries_) sink_.write(central_header(e.name, e.header, e.size, e.crc));
  const std::uint64_t end = sink_.position(), size = end - start, count = entries_.size();
  Bytes out;
  if (start >= limit32 || size >= limit32 || count >= 0xffff) {
    append_le<std::uint32_t>(out, 0x06064b50);
    append_le<std::uint64_t>(out, 44);  // bytes that follow in this record
    append_le<std::uint16_t>(out, 3 << 8 | 45);
    append_le<std::uint16_t>(out, 45);
    append_le<std::uint32_t>(out, 0);
    append_le<std::uint32_t>(out, 0);
    append_le<std::uint64_t>(out, count);
    append_le<std::uint64_t>(out, count);
    append_le<std::uint64_t>(out, size);
    append_le<std::uint64_t>(out, start);
    append_le<std::uint32_t>(out, 0x07064b50);
    append_le<std::uint32_t>(out, 0);
    append_le<std::uint64_t>(out, end);
    append_le<std::uint32_t>(out, 1);
  }
  const auto count16 = static_cast<std::uint16_t>(std::min<std::uint64_t>(count, 0xffff));
  append_le<std::uint32_t>(out, 0x06054b50);
  append_le<std::uint16_t>(out, 0);
  append_le<std::uint16_t>(out, 0);
  append_le<std::uint16_t>(out, count16);
  append_le<std::uint16_t>(out, count16);
  append_le<std::uint32_t>(out, static_cast<std::uint32_t>(std::min(size, limit32)));
  append_le<std::uint32_t>(out, static_cast<std::uint32_t>(std::min(start, limit32)));
  append_le<std::uint16_t>(out, 0);
  sink_.write(out);
}

}  // namespace keratin::serialization
