#include "serialization/hdf5/file.h"

#include <algorithm>
#include <cstring>

#include "serialization/hdf5/checksum.h"

namespace keratin::serialization::hdf5 {
namespace {

constexpr std::string_view signature = "\x89HDF\r\n\x1a\n";
constexpr std::uint64_t page_size = 16 << 10;
constexpr std::uint64_t page_slots = 256;  // 4 MiB at most
constexpr std::uint64_t work_per_byte = 64, free_work = 1'000'000;
constexpr std::uint64_t spend_per_byte = 8, free_spend = 1 << 20;

}  // namespace

void Cursor::damaged(std::string_view found) const {
  fail(ErrorCode::corrupt_file, what_, " at byte ", block_.address, ": ", found, "; the file is damaged");
}

void Cursor::unsupported(std::string_view found) const {
  fail(ErrorCode::unsupported, what_, " at byte ", block_.address, ": ", found,
       "; re-save the file with Keras");
}

void Cursor::ends_early() const { damaged("the structure ends before its last field"); }

void Cursor::wrong_signature(std::string_view expected) const {
  damaged(cat("the signature \"", expected, "\" is missing"));
}

File::File(SourcePtr source) : source_(std::move(source)) {
  within(source_->name(), [&] { read_superblock(); });
  whole_ = source_->view(base_, size_);
}

File::File(const File& other)
    : source_(other.source_),
      base_(other.base_),
      size_(other.size_),
      root_(other.root_),
      extension_(other.extension_),
      widths_(other.widths_) {}

void File::require(std::uint64_t address, std::uint64_t size, const char* what) const {
  if (address <= size_ && size <= size_ - address) [[likely]]
    return;
  fail(ErrorCode::corrupt_file, what, ": ", size, " bytes at ", address, " lie past the end of the file (",
       size_, " bytes); the file is incomplete or damaged");
}

void File::work(std::uint64_t steps) const {
  worked_ += steps;
  check(worked_ <= free_work + work_per_byte * size_, ErrorCode::corrupt_file,
        "the file is inconsistent: its parts refer to each other more often than ", size_,
        " bytes allow (work limit)");
}

void File::spend(std::uint64_t bytes) const {
  check(bytes <= size_ || bytes <= free_spend, ErrorCode::corrupt_file, "the file asks for ", bytes,
        " bytes of names and attributes but holds only ", size_);
  spent_ += bytes;
  check(spent_ <= free_spend + spend_per_byte * size_, ErrorCode::corrupt_file,
        "the file is inconsistent: its names and attributes need more than ", spent_,
        " bytes but it holds only ", size_);
}

Block File::block(std::uint64_t address, std::uint64_t size, const char* what) const {
  require(address, size, what);
  work(size + 16);
  if (!whole_.empty()) [[likely]]
    return {whole_.subspan(address, size), address, nullptr};
  if (size == 0) return {{}, address, nullptr};
  const std::uint64_t first = address / page_size, last = (address + size - 1) / page_size;
  if (first == last) {
    const auto& bytes = page(first);
    return {Bytes(*bytes).subspan(address - first * page_size, size), address, bytes};
  }
  auto bytes = std::make_shared<std::vector<std::byte>>(size);
  if (size > 4 * page_size) {
    source_->read(base_ + address, *bytes);
  } else {
    for (std::uint64_t number = first, done = 0; number <= last; ++number) {
      const auto& from = page(number);
      const std::uint64_t start = number == first ? address - first * page_size : 0;
      const std::uint64_t count = std::min(size - done, from->size() - start);
      std::memcpy(bytes->data() + done, from->data() + start, count);
      done += count;
    }
  }
  return {*bytes, address, bytes};
}

Cursor File::cursor_up_to(std::uint64_t address, std::uint64_t size, const char* what) const {
  require(address, 0, what);
  return cursor(address, std::min(size, size_ - address), what);
}

const std::shared_ptr<std::vector<std::byte>>& File::page(std::uint64_t number) const {
  if (pages_.empty()) pages_.resize(page_slots);
  Page& slot = pages_[number % page_slots];
  if (slot.number != number) {
    const std::uint64_t start = number * page_size;
    auto bytes = std::make_shared<std::vector<std::byte>>(std::min(page_size, size_ - start));
    source_->read(base_ + start, *bytes);
    slot = {number, std::move(bytes)};
  }
  return slot.bytes;
}

void File::read_superblock() {
  const std::uint64_t total = source_->size();
  // A user block may precede the superblock: it then starts at 512, 1024, 2048 …
  std::array<std::byte, 128> raw;
  std::uint64_t start = 0;
  for (;; start = start == 0 ? 512 : start * 2) {
    check(start < total && total - start >= signature.size(), ErrorCode::corrupt_file,
          "no HDF5 signature was found; the file is not HDF5, or it is damaged");
    source_->read(start, std::span(raw).first(signature.size()));
    if (std::memcmp(raw.data(), signature.data(), signature.size()) == 0) break;
  }
  base_ = start;
  size_ = total - start;
  const std::uint64_t count = std::min<std::uint64_t>(size_, raw.size());
  source_->read(start, std::span(raw).first(count));
  const Block block{Bytes(raw).first(count), 0, nullptr};
  Cursor in(block, widths_, "superblock");
  in.skip(signature.size());
  const std::uint8_t version = in.u8();
  if (version > 3) in.unsupported(cat("version ", version, " is unknown; expected 0 to 3"));
  if (version < 2)
    read_old_superblock(version, in);
  else
    read_new_superblock(block, in);
  check(root_ != undefined_address, ErrorCode::corrupt_file,
        "superblock: there is no root group; the file is damaged");
}

void File::set_widths(std::uint8_t offset, std::uint8_t length) {
  for (std::uint8_t width : {offset, length})
    check(width == 2 || width == 4 || width == 8, ErrorCode::corrupt_file, "superblock: addresses of ",
          int{width}, " bytes; expected 2, 4 or 8");
  widths_ = {offset, length};
}

void File::check_end(std::uint64_t stored_base, std::uint64_t stored_end) {
  // The end is stored with the base that the writer saw; a file moved behind a prefix keeps the old one.
  check(stored_end != undefined_address && stored_base <= stored_end, ErrorCode::corrupt_file,
        "superblock: the end of the file is not given; the file is damaged");
  check(stored_end - stored_base <= size_, ErrorCode::corrupt_file, "the superblock speaks of ",
        stored_end - stored_base, " bytes but only ", size_,
        " are there; the file is truncated (its copy or download is incomplete)");
}

void File::read_old_superblock(std::uint8_t version, Cursor in) {
  in.skip(4);  // versions of free space, root entry; reserved; version of shared headers
  const std::uint8_t offset = in.u8(), length = in.u8();
  set_widths(offset, length);
  Cursor rest(in.rest(), widths_, "superblock");
  rest.skip(1 + 4 + 4);  // reserved, the K values, flags
  if (version == 1) rest.skip(4);
  const std::uint64_t stored_base = rest.address();
  rest.address();  // free space
  const std::uint64_t stored_end = rest.address();
  rest.address();  // driver information
  check_end(stored_base, stored_end);
  rest.skip(widths_.offset);  // the root's name
  root_ = rest.address();
}

void File::read_new_superblock(Block block, Cursor in) {
  const std::uint8_t offset = in.u8(), length = in.u8();
  set_widths(offset, length);
  in.skip(1);  // consistency flags
  Cursor rest(in.rest(), widths_, "superblock");
  const std::uint64_t stored_base = rest.address();
  extension_ = rest.address();
  const std::uint64_t stored_end = rest.address();
  check_end(stored_base, stored_end);
  root_ = rest.address();
  const std::size_t covered = 12 + rest.position();
  check_lookup3(block.bytes.first(covered), rest.u32(), "superblock");
}

}  // namespace keratin::serialization::hdf5
