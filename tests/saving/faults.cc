#include "tests/saving/faults.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdarg>
#include <cstdio>

namespace keratin::faults {
namespace {

struct Plan {
  Fault fault = Fault::none;
  int at = 0, code = 0, calls = 0;
  bool armed = false, struck = false;
};
Plan plan;

enum class Call { open, write, fsync, rename, close, other };

// What this call is to do; Fault::none: its work.
Fault next(Call call) {
  if (!plan.armed) return Fault::none;
  const int number = plan.calls++;
  const bool writes = call == Call::write || call == Call::fsync;
  if (plan.fault == Fault::full && number > plan.at && plan.struck && writes) return Fault::full;
  if (number != plan.at) return Fault::none;
  plan.struck = true;
  if (plan.fault == Fault::kill) ::kill(::getpid(), SIGKILL);
  return plan.fault;
}

bool fails(Fault fault, Call call) {
  if (fault == Fault::full && (call == Call::write || call == Call::fsync)) return errno = ENOSPC, true;
  if (fault == Fault::error) return errno = plan.code, true;
  if (fault == Fault::signal && (call == Call::write || call == Call::fsync)) return errno = EINTR, true;
  return false;
}

// The bytes that a write takes.
std::size_t share(Fault fault, std::size_t size) {
  return fault == Fault::part ? std::max<std::size_t>(size / 2, 1) : size;
}

}  // namespace

void arm(Fault fault, int at, int code) { plan = {fault, at, code, 0, true, false}; }
int disarm() {
  plan.armed = false;
  return plan.calls;
}
bool struck() { return plan.struck; }

}  // namespace keratin::faults

using namespace keratin::faults;

extern "C" {

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  if (fails(next(Call::open), Call::open)) return -1;
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

ssize_t write(int fd, const void* bytes, size_t size) {
  const Fault fault = next(Call::write);
  if (fails(fault, Call::write)) return -1;
  if (fault == Fault::kill_mid) {
    ::syscall(SYS_write, fd, bytes, size / 2);
    ::kill(::getpid(), SIGKILL);
  }
  return ::syscall(SYS_write, fd, bytes, share(fault, size));
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  const Fault fault = next(Call::write);
  if (fails(fault, Call::write)) return -1;
  if (fault == Fault::kill_mid) {
    ::syscall(SYS_pwrite64, fd, bytes, size / 2, offset);
    ::kill(::getpid(), SIGKILL);
  }
  return ::syscall(SYS_pwrite64, fd, bytes, share(fault, size), offset);
}

int fsync(int fd) {
  if (fails(next(Call::fsync), Call::fsync)) return -1;
  return static_cast<int>(::syscall(SYS_fsync, fd));
}

int rename(const char* from, const char* to) {
  if (fails(next(Call::rename), Call::rename)) return -1;
  return static_cast<int>(::syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to));
}

int close(int fd) {
  const Fault fault = next(Call::close);
  const int closed = static_cast<int>(::syscall(SYS_close, fd));
  return fails(fault, Call::close) ? -1 : closed;
}

int fchmod(int fd, mode_t mode) {
  if (fails(next(Call::other), Call::other)) return -1;
  return static_cast<int>(::syscall(SYS_fchmod, fd, mode));
}

}  // extern "C"
