// The only opener of files for reading, and the loan of a mapping.
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <utility>

#include "runtime/core/error.h"
#include "serialization/bytes.h"

namespace keratin::serialization {
namespace {

// O_NONBLOCK: opening a pipe must not wait for its other end.
constexpr int read_flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// A mapping under a read lease; both end with the last holder.
struct Loan {
  Loan(std::shared_ptr<const Descriptor> fd, const std::byte* map, std::uint64_t size)
      : fd(std::move(fd)), map(map), size(size) {}
  ~Loan() {
    ::munmap(const_cast<std::byte*>(map), size);
    ::fcntl(fd->get(), F_SETLEASE, F_UNLCK);
  }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  // While a writer waits, F_GETLEASE tells what the lease is about to become.
  bool stands() const { return ::fcntl(fd->get(), F_GETLEASE) == F_RDLCK; }

  std::shared_ptr<const Descriptor> fd;
  const std::byte* map;
  std::uint64_t size;
};

class FileSource : public ByteSource {
 public:
  FileSource(std::string name, Descriptor fd, const struct stat& info)
      : name_(std::move(name)),
        fd_(std::make_shared<const Descriptor>(std::move(fd))),
        size_(static_cast<std::uint64_t>(info.st_size)) {}

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return size_; }

  void read(std::uint64_t offset, std::span<std::byte> out) const override {
    check(offset <= size_ && out.size() <= size_ - offset, ErrorCode::corrupt_file, name_, ": bytes ", offset,
          "..", offset + out.size(), " lie past the end (", size_,
          " bytes): the file is truncated or damaged");
    while (!out.empty()) {
      const ssize_t n = ::pread(fd_->get(), out.data(), out.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      check(n >= 0, ErrorCode::io, name_, ": reading at ", offset, ": ", std::strerror(errno));
      check(n > 0, ErrorCode::corrupt_file, name_, ": the file shrank while it was read (at ", offset, " of ",
            size_, " bytes)");
      out = out.subspan(static_cast<std::size_t>(n));
      offset += static_cast<std::uint64_t>(n);
    }
  }

  std::span<const std::byte> view(std::uint64_t offset, std::uint64_t size) const override {
    const std::lock_guard lock(mutex_);
    if (offset > size_ || size > size_ - offset || size == 0) return {};
    if (!loan_ && !borrow()) return {};
    if (!loan_->stands()) return {};
    return {loan_->map + offset, size};
  }

  std::shared_ptr<const std::byte> lend(std::uint64_t offset, std::uint64_t size) const override {
    const std::lock_guard lock(mutex_);
    if (offset > size_ || size > size_ - offset || size == 0) return nullptr;
    std::shared_ptr<const Loan> loan = loan_ ? loan_ : lent_.lock();
    if (!loan && borrow()) loan = loan_;
    if (!loan || !loan->stands()) return nullptr;
    lent_ = loan;
    return {loan, loan->map + offset};
  }

  bool loan_stands() const override {
    const std::lock_guard lock(mutex_);
    const std::shared_ptr<const Loan> loan = loan_ ? loan_ : lent_.lock();
    return !loan || loan->stands();
  }

  void return_loan() const override {
    const std::lock_guard lock(mutex_);
    loan_.reset();
  }

  void forget(std::uint64_t offset, std::uint64_t size) const override {
    const std::lock_guard lock(mutex_);
    const std::shared_ptr<const Loan> loan = loan_ ? loan_ : lent_.lock();
    if (!loan || offset > size_ || size > size_ - offset) return;
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const std::uint64_t begin = (offset + page - 1) / page * page, end = (offset + size) / page * page;
    if (begin < end) ::madvise(const_cast<std::byte*>(loan->map) + begin, end - begin, MADV_DONTNEED);
  }

 private:
  // Without a lease anybody may truncate the file, and a mapping of it would kill the process.
  bool borrow() const {
    if (refused_) return false;
    refused_ = true;  // one try: a broken loan is not taken again
    // SIGURG is ignored by default; SIGIO, which a broken lease sends otherwise, ends the process.
    if (::fcntl(fd_->get(), F_SETSIG, SIGURG) != 0) return false;
    if (::fcntl(fd_->get(), F_SETLEASE, F_RDLCK) != 0) return false;
    struct stat now {};
    void* map = MAP_FAILED;
    if (::fstat(fd_->get(), &now) == 0 && static_cast<std::uint64_t>(now.st_size) == size_)
      map = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd_->get(), 0);
    if (map == MAP_FAILED) {
      ::fcntl(fd_->get(), F_SETLEASE, F_UNLCK);
      return false;
    }
    loan_ = std::make_shared<const Loan>(fd_, static_cast<const std::byte*>(map), size_);
    return true;
  }

  std::string name_;
  std::shared_ptr<const Descriptor> fd_;
  std::uint64_t size_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Loan> loan_;  // the source's own hold
  mutable std::weak_ptr<const Loan> lent_;
  mutable bool refused_ = false;
};

SourcePtr make_source(std::string name, Descriptor fd) {
  struct stat info {};
  check(::fstat(fd.get(), &info) == 0, ErrorCode::io, name, ": ", std::strerror(errno));
  check(S_ISREG(info.st_mode), ErrorCode::io, name, ": this is ",
        S_ISDIR(info.st_mode) ? "a folder" : "a device, pipe or socket", "; a regular file was expected");
  return std::make_shared<FileSource>(std::move(name), std::move(fd), info);
}

// A name out of a file: relative, no "..", nothing that a file system could read otherwise.
void check_relative(const std::string& folder, const std::string& relative) {
  bool good = !relative.empty() && relative.size() <= 4096 && relative.find('\0') == std::string::npos &&
              relative.find('\\') == std::string::npos;
  for (std::size_t start = 0; good && start <= relative.size();) {
    const std::size_t end = std::min(relative.find('/', start), relative.size());
    const std::string_view part = std::string_view(relative).substr(start, end - start);
    good = !part.empty() && part != "." && part != "..";
    start = end + 1;
  }
  check(good, ErrorCode::corrupt_file, folder, ": the file name \"", printable(relative),
        "\" leads out of the folder or is malformed; only plain relative names are opened");
}

int open_part(int folder, const char* name, int flags) {
  int fd = -1;
  do fd = ::openat(folder, name, flags | O_NOFOLLOW);
  while (fd < 0 && errno == EINTR);
  return fd;
}

// For kernels without openat2: one component at a time, none of them a link.
int open_stepwise(int folder, const std::string& relative) {
  Descriptor here(::fcntl(folder, F_DUPFD_CLOEXEC, 0));
  std::size_t start = 0;
  for (std::size_t slash; (slash = relative.find('/', start)) != std::string::npos; start = slash + 1) {
    const std::string part = relative.substr(start, slash - start);
    Descriptor next(open_part(here.get(), part.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (next.get() < 0) return -1;
    here = std::move(next);
  }
  return open_part(here.get(), relative.c_str() + start, read_flags);
}

int open_inside(int folder, const std::string& relative) {
#ifdef SYS_openat2
  open_how how{};
  how.flags = read_flags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  for (int tries = 0; tries < 16; ++tries) {
    const long fd = ::syscall(SYS_openat2, folder, relative.c_str(), &how, sizeof how);
    if (fd >= 0) return static_cast<int>(fd);
    if (errno == ENOSYS || errno == EPERM) break;  // EPERM: what old container filters answer
    if (errno != EINTR && errno != EAGAIN) return -1;
  }
#endif
  return open_stepwise(folder, relative);
}

}  // namespace

SourcePtr open_file(const std::string& path) {
  check(path.find('\0') == std::string::npos, ErrorCode::invalid_argument, "a path holds a NUL byte");
  int fd = -1;
  do fd = ::open(path.c_str(), read_flags);
  while (fd < 0 && errno == EINTR);
  check(fd >= 0, ErrorCode::io, path, ": ", std::strerror(errno));
  return make_source(path, Descriptor(fd));
}

SourcePtr open_beneath(const std::string& folder, const std::string& relative) {
  check_relative(folder, relative);
  const Descriptor root(::open(folder.empty() ? "." : folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  check(root.get() >= 0, ErrorCode::io, folder, ": ", std::strerror(errno));
  const std::string name = folder.empty() ? relative : folder + "/" + relative;
  const int fd = open_inside(root.get(), relative);
  if (fd < 0) {
    check(errno != ELOOP && errno != EXDEV, ErrorCode::corrupt_file, name,
          ": this is a symbolic link; links inside a model are not followed. Copy the folder with cp -rL");
    check(errno != ENOENT && errno != ENOTDIR, ErrorCode::corrupt_file, name,
          ": the model names this file, but it is not there: the copy is incomplete");
    fail(ErrorCode::io, name, ": ", std::strerror(errno));
  }
  return make_source(name, Descriptor(fd));
}

}  // namespace keratin::serialization
