// FileSink: the old file or the new one, never something between.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "runtime/core/error.h"
#include "serialization/bytes.h"

namespace keratin::serialization {
namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 20;

// A link that the user names leads to the file that is replaced; the link itself stays.
std::string follow_link(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0 || !S_ISLNK(info.st_mode)) return path;
  char* real = ::realpath(path.c_str(), nullptr);
  if (!real) return path;
  std::string result = real;
  std::free(real);
  return result;
}

std::string host_name() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0) return "host";
  std::string host = name;
  for (char& c : host)
    if (c == '/' || c == '.') c = '_';
  return host;
}

// ".model.keras.tmp.<host>." : what stands before "<pid>.<number>".
std::string temporary_prefix(const std::string& base) { return "." + base + ".tmp." + host_name() + "."; }

// Leftovers of writers of this host that no longer run.
void remove_stale(const std::string& folder, const std::string& prefix) {
  DIR* entries = ::opendir(folder.c_str());
  if (!entries) return;
  while (const dirent* entry = ::readdir(entries)) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with(prefix)) continue;
    const std::string_view rest = name.substr(prefix.size());
    int pid = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), pid);
    if (error != std::errc() || pid <= 0 || end == rest.data() + rest.size() || *end != '.') continue;
    if (::kill(pid, 0) != 0 && errno == ESRCH) ::unlinkat(::dirfd(entries), entry->d_name, 0);
  }
  ::closedir(entries);
}

void write_all(int fd, std::span<const std::byte> bytes, const std::string& path, std::uint64_t position) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    check(n >= 0, ErrorCode::io, path, ": writing at byte ", position, ": ", std::strerror(errno),
          "; the file was left as it was");
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    position += static_cast<std::uint64_t>(n);
  }
}

}  // namespace

FileSink::FileSink(std::string path) : path_(follow_link(path)) {
  const std::size_t slash = path_.rfind('/');
  folder_ = slash == std::string::npos ? "." : path_.substr(0, slash == 0 ? 1 : slash);
  const std::string base = slash == std::string::npos ? path_ : path_.substr(slash + 1);
  check(!base.empty(), ErrorCode::invalid_argument, "\"", path_, "\" names a folder; name a file to write");
  struct stat old {};
  const bool exists = ::stat(path_.c_str(), &old) == 0;
  check(!exists || S_ISREG(old.st_mode), ErrorCode::io, path_, ": a ",
        S_ISDIR(old.st_mode) ? "folder" : "device, pipe or socket", " stands there; only a file is replaced");

  static std::atomic<unsigned> counter{0};
  const std::string prefix = temporary_prefix(base);
  remove_stale(folder_, prefix);
  temporary_ = folder_ + "/" + prefix + std::to_string(::getpid()) + "." + std::to_string(counter++);
  fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  check(fd_ >= 0, ErrorCode::io, path_, ": a file can't be created in its folder: ", std::strerror(errno));
  if (exists) {  // as far as we may: a file of somebody else stays writable for its group
    [[maybe_unused]] const int owner = ::fchown(fd_, static_cast<uid_t>(-1), old.st_gid);
    [[maybe_unused]] const int mode = ::fchmod(fd_, old.st_mode & 07777);
  }
  buffer_.reserve(buffer_size);
}

FileSink::~FileSink() {
  if (fd_ >= 0) ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void FileSink::flush() {
  write_all(fd_, buffer_, path_, position_ - buffer_.size());
  buffer_.clear();
}

void FileSink::write(std::span<const std::byte> bytes) {
  assume(fd_ >= 0, "write to a committed file");
  if (buffer_.size() + bytes.size() > buffer_size) flush();
  if (bytes.size() >= buffer_size) {
    write_all(fd_, bytes, path_, position_);
  } else {
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  }
  position_ += bytes.size();
}

void FileSink::patch(std::uint64_t offset, std::span<const std::byte> bytes) {
  assume(fd_ >= 0 && offset <= position_ && bytes.size() <= position_ - offset,
         "patch past the end of a file");
  flush();
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    check(n >= 0, ErrorCode::io, path_, ": writing at byte ", offset, ": ", std::strerror(errno));
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
}

void FileSink::commit() {
  assume(fd_ >= 0, "commit of a committed file");
  flush();
  // A failed fsync is not tried again: the pages may count as clean by then.
  check(::fsync(fd_) == 0, ErrorCode::io, path_, ": the disk did not take the file: ", std::strerror(errno));
  const int closed = ::close(std::exchange(fd_, -1));
  check(closed == 0, ErrorCode::io, path_, ": closing: ", std::strerror(errno));
  check(::rename(temporary_.c_str(), path_.c_str()) == 0, ErrorCode::io, path_,
        ": the new file can't take the place of the old: ", std::strerror(errno));
  temporary_.clear();
  const int folder = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool durable = folder >= 0 && (::fsync(folder) == 0 || errno == EINVAL);
  const int error = errno;
  if (folder >= 0) ::close(folder);
  check(durable, ErrorCode::io, path_, ": the file is saved, but its folder could not be flushed (",
        std::strerror(error), "): it may be lost if the power fails now");
}

}  // namespace keratin::serialization
