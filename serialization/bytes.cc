#include "serialization/bytes.h"

#include <algorithm>
#include <cstring>

#include "runtime/core/error.h"

namespace keratin::serialization {
namespace {

bool holds(const ByteSource& source, std::uint64_t offset, std::uint64_t size) {
  return offset <= source.size() && size <= source.size() - offset;
}

void check_range(const ByteSource& source, std::uint64_t offset, std::uint64_t size) {
  check(holds(source, offset, size), ErrorCode::corrupt_file, source.name(), ": bytes ", offset, "..",
        offset + size, " lie past the end (", source.size(), " bytes): the file is truncated or damaged");
}

class MemorySource : public ByteSource {
 public:
  MemorySource(std::string name, std::vector<std::byte> bytes)
      : name_(std::move(name)), bytes_(std::move(bytes)) {}
  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return bytes_.size(); }
  void read(std::uint64_t offset, std::span<std::byte> out) const override {
    check_range(*this, offset, out.size());
    std::copy_n(bytes_.data() + offset, out.size(), out.data());
  }
  std::span<const std::byte> view(std::uint64_t offset, std::uint64_t size) const override {
    if (!holds(*this, offset, size)) return {};
    return std::span(bytes_).subspan(offset, size);
  }

 private:
  std::string name_;
  std::vector<std::byte> bytes_;
};

class RangeSource : public ByteSource {
 public:
  RangeSource(SourcePtr source, std::string name, std::uint64_t offset, std::uint64_t size)
      : source_(std::move(source)), name_(std::move(name)), offset_(offset), size_(size) {}
  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return size_; }
  void read(std::uint64_t offset, std::span<std::byte> out) const override {
    check_range(*this, offset, out.size());
    source_->read(offset_ + offset, out);
  }
  std::span<const std::byte> view(std::uint64_t offset, std::uint64_t size) const override {
    if (!holds(*this, offset, size)) return {};
    return source_->view(offset_ + offset, size);
  }
  bool loan_stands() const override { return source_->loan_stands(); }
  void return_loan() const override { source_->return_loan(); }
  std::shared_ptr<const std::byte> lend(std::uint64_t offset, std::uint64_t size) const override {
    if (offset > size_ || size > size_ - offset) return nullptr;
    return source_->lend(offset_ + offset, size);
  }
  void forget(std::uint64_t offset, std::uint64_t size) const override {
    source_->forget(offset_ + offset, size);
  }

 private:
  SourcePtr source_;
  std::string name_;
  std::uint64_t offset_, size_;
};

}  // namespace

std::span<const std::byte> ByteSource::view(std::uint64_t, std::uint64_t) const { return {}; }
std::shared_ptr<const std::byte> ByteSource::lend(std::uint64_t, std::uint64_t) const { return nullptr; }
bool ByteSource::loan_stands() const { return true; }
void ByteSource::return_loan() const {}
void ByteSource::forget(std::uint64_t, std::uint64_t) const {}

SourcePtr memory_source(std::string name, std::vector<std::byte> bytes) {
  return std::make_shared<MemorySource>(std::move(name), std::move(bytes));
}

SourcePtr sub_range(SourcePtr source, std::string name, std::uint64_t offset, std::uint64_t size) {
  check_range(*source, offset, size);
  return std::make_shared<RangeSource>(std::move(source), std::move(name), offset, size);
}

std::vector<std::byte> read_all(const ByteSource& source) {
  std::vector<std::byte> bytes(source.size());
  source.read(0, bytes);
  return bytes;
}

std::string read_text(const ByteSource& source) {
  std::string text(source.size(), '\0');
  source.read(0, std::as_writable_bytes(std::span(text)));
  return text;
}

std::string printable(std::string_view text) {
  constexpr std::size_t longest = 200;
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : text.substr(0, longest)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      out += c;
    } else {
      out += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return text.size() > longest ? out + "…" : out;
}

void MemorySink::patch(std::uint64_t offset, std::span<const std::byte> bytes) {
  assume(offset <= bytes_.size() && bytes.size() <= bytes_.size() - offset, "patch past the end of a sink");
  std::copy(bytes.begin(), bytes.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
}

}  // namespace keratin::serialization
