// What stands in a folder that the user named. Nothing is opened for reading here.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "runtime/core/error.h"
#include "serialization/bytes.h"

namespace keratin::serialization {
namespace {

constexpr std::size_t most_entries = 100'000;
constexpr int deepest = 64;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

// Takes the descriptor.
Folder open_listing(int fd, const std::string& name) {
  Folder folder(fd < 0 ? nullptr : ::fdopendir(fd));
  const int error = errno;
  if (!folder && fd >= 0) ::close(fd);
  check(folder != nullptr, ErrorCode::io, name, ": ", std::strerror(error));
  return folder;
}

std::vector<std::string> names_in(DIR* folder, const std::string& name) {
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(folder)) {
    const std::string_view one = entry->d_name;
    if (one != "." && one != "..") names.emplace_back(one);
    check(names.size() <= most_entries, ErrorCode::corrupt_file, name, ": the folder holds more than ",
          most_entries, " entries");
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Takes the descriptor.
void walk(int fd, const std::string& folder, const std::string& prefix, int depth,
          std::vector<std::string>& files) {
  const Folder listing = open_listing(fd, folder);
  check(depth <= deepest, ErrorCode::corrupt_file, folder, ": folders nest deeper than ", deepest);
  for (const std::string& name : names_in(listing.get(), folder)) {
    struct stat info {};
    if (::fstatat(::dirfd(listing.get()), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (S_ISREG(info.st_mode)) {
      files.push_back(prefix + name);
      check(files.size() <= most_entries, ErrorCode::corrupt_file, folder, ": it holds more than ",
            most_entries, " files");
    } else if (S_ISDIR(info.st_mode)) {
      const int below =
          ::openat(::dirfd(listing.get()), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      walk(below, folder + "/" + name, prefix + name + "/", depth + 1, files);
    }
  }
}

}  // namespace

bool is_folder(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return "";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool exists_beneath(const std::string& folder, const std::string& relative) {
  struct stat info {};
  const std::string path = folder.empty() ? relative : folder + "/" + relative;
  return ::lstat(path.c_str(), &info) == 0;
}

std::vector<std::string> list_folder(const std::string& folder) {
  const char* path = folder.empty() ? "." : folder.c_str();
  return names_in(open_listing(::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), folder).get(), folder);
}

std::vector<std::string> files_beneath(const std::string& folder, const std::string& relative) {
  const std::string path = folder + "/" + relative;
  std::vector<std::string> files;
  walk(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), path, "", 0, files);
  return files;
}

}  // namespace keratin::serialization
