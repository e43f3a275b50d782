// ByteSource and ByteSink: where a format's bytes come from and go to.
// A source is read at any offset from any thread; a sub-range of a source is a source again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
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
  // The same bytes in place, or an empty span when they can't be had so: then read. Valid until
  // return_loan() or the end of the source.
  virtual std::span<const std::byte> view(std::uint64_t offset, std::uint64_t size) const;
  // The same with the mapping kept by the pointer, also beyond return_loan(). Null: read.
  virtual std::shared_ptr<const std::byte> lend(std::uint64_t offset, std::uint64_t size) const;
  // A view of a file is a loan: the mapping stands under a read lease, which holds a truncating
  // opener off only for a while (45 s). False: somebody waits to write; copy at once or read.
  virtual bool loan_stands() const;
  // Gives up the source's own hold on the mapping; with the last lent pointer, mapping and lease are given
  // back.
  virtual void return_loan() const;
  // These bytes were copied: their mapped pages need not stay in memory.
  virtual void forget(std::uint64_t offset, std::uint64_t size) const;
};
using SourcePtr = std::shared_ptr<const ByteSource>;

// The only opener of files that the user names. Regular files only; never follows a device or a pipe.
SourcePtr open_file(const std::string& path);
// A member of a folder that was read from a file: never leaves the folder, follows no link.
SourcePtr open_beneath(const std::string& folder, const std::string& relative);
bool is_folder(const std::string& path);
// What stands in front of the last slash, "" without one: the folder that open_beneath wants.
std::string folder_of(const std::string& path);
// Whether a folder that the user named holds this entry.
bool exists_beneath(const std::string& folder, const std::string& relative);
// The names in a folder, sorted; at most 100,000. Throws Error{io, corrupt_file}.
std::vector<std::string> list_folder(const std::string& folder);
// Regular files below folder/relative as paths relative to it, sorted; no link is followed or listed.
std::vector<std::string> files_beneath(const std::string& folder, const std::string& relative);
SourcePtr memory_source(std::string name, std::vector<std::byte> bytes);
SourcePtr sub_range(SourcePtr source, std::string name, std::uint64_t offset, std::uint64_t size);

std::vector<std::byte> read_all(const ByteSource& source);
std::string read_text(const ByteSource& source);
// Text out of a file, fit for an error message: control bytes as \xNN, at most 200 bytes.
std::string printable(std::string_view text);

// Everything that a writer streams out, in order. One thread.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual void write(std::span<const std::byte> bytes) = 0;  // throws Error{io}
  virtual std::uint64_t position() const = 0;
  // Replaces bytes that were written before: sizes and checksums that stand in front of their data.
  virtual void patch(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
};

// Writes a temporary file beside path, then fsync, rename, fsync of the folder on commit().
// Without commit() the destructor removes the temporary file: the old file stays whole.
// Temporary files that dead writers of the same path left are removed.
class FileSink : public ByteSink {
 public:
  explicit FileSink(std::string path);
  ~FileSink() override;
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;
  void write(std::span<const std::byte> bytes) override;
  std::uint64_t position() const override { return position_; }
  void patch(std::uint64_t offset, std::span<const std::byte> bytes) override;
  void commit();

 private:
  std::string path_, folder_, temporary_;
  int fd_ = -1;
  std::uint64_t position_ = 0;
  std::vector<std::byte> buffer_;
  void flush();
};

class MemorySink : public ByteSink {
 public:
  void write(std::span<const std::byte> bytes) override {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  std::uint64_t position() const override { return bytes_.size(); }
  void patch(std::uint64_t offset, std::span<const std::byte> bytes) override;
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace keratin::serialization
