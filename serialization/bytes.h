// ByteSource and ByteSink: where a format's bytes come from and go to.
// A source is read at any offset from any thread; a sub-range of a source is a source again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace keratin::serialization {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // "model.keras" or "model.keras:model.weights.h5": the start of every error message.
  virtual const std::string& name() const = 0;
  virtual std::uint64_t size() const = 0;
  // Fills out from offset. Throws Error{corrupt_file} past the end, Error{io} when the system fails.
  virtual void read(std::uint64_t offset, std::span<std::byte> out) const = 0;
  // The same bytes in place, or an empty span when they are not in memory. Valid while the source lives.
  virtual std::span<const std::byte> view(std::uint64_t offset, std::uint64_t size) const;
};
using SourcePtr = std::shared_ptr<const ByteSource>;

// The only opener of files that the user names. Regular files only; never follows a device or a pipe.
SourcePtr open_file(const std::string& path);
// A member of a folder that was read from a file: never leaves the folder, follows no link.
SourcePtr open_beneath(const std::string& folder, const std::string& relative);
SourcePtr memory_source(std::string name, std::vector<std::byte> bytes);
SourcePtr sub_range(SourcePtr source, std::string name, std::uint64_t offset, std::uint64_t size);

std::vector<std::byte> read_all(const ByteSource& source);

// Everything that a writer streams out, in order.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual void write(std::span<const std::byte> bytes) = 0;  // throws Error{io}
  virtual std::uint64_t position() const = 0;
};

// Writes path.tmp beside path, then fsync, rename, fsync of the folder on commit().
// Without commit() the destructor removes the temporary file: the old file stays whole.
class FileSink : public ByteSink {
 public:
  explicit FileSink(std::string path);
  ~FileSink() override;
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;
  void write(std::span<const std::byte> bytes) override;
  std::uint64_t position() const override { return position_; }
  void commit();

 private:
  std::string path_, temporary_;
  int fd_ = -1;
  std::uint64_t position_ = 0;
  std::vector<std::byte> buffer_;
  void flush();
};

class MemorySink : public ByteSink {
 public:
  void write(std::span<const std::byte> bytes) override { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  std::uint64_t position() const override { return bytes_.size(); }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace keratin::serialization
